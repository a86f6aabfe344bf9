"""What may happen to a member."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.at_risk.repository import AtRiskRepository
from api.at_risk.schemas import ReasonItem
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.members.errors import (
    BirthDateInFuture,
    HasUnsubscribed,
    JoinDateInFuture,
    NoLongerKept,
    NumberTaken,
    PaysForHousehold,
    StillHasMembership,
    TrainerNotFound,
)
from api.members.filters import MemberFilter
from api.members.numbers.repository import NumberLookup
from api.members.repository import MemberRepository, MemberSort
from api.members.schemas import (
    ChosenStanding,
    MemberCreate,
    MemberDetail,
    MemberFields,
    MemberItem,
    MemberMessageItem,
    MemberTags,
    MemberUpdate,
)
from api.memberships import service as memberships
from api.memberships.errors import MemberNotFound
from api.memberships.schemas import MembershipCreate
from api.tags.repository import TagRepository
from core.clock import AsOf, to_local_day
from core.money import to_major
from core.translation import t
from db.base import AnyRow
from db.consent import SAME_ADDRESS, find_consent, record_consent
from db.models import (
    Channel,
    EmailConsent,
    Gym,
    Member,
    MemberNumber,
    Notification,
    NumberKind,
    Purpose,
    Standing,
)
from db.phones import region_of_zone, to_e164
from db.stats.member_changes import changing_members
from db.stats.member_stats import read_weekly_days


def create(session: Session, caller: Principal, data: MemberCreate, *, now: datetime) -> Member:
    """Add a member and, with `plan_id`, their first membership; active without one.

    A consent of somebody whose address unsubscribed has no effect.
    """
    gym = caller.gym
    today = to_local_day(now, gym.timezone)
    join_date = data.join_date or today
    _check_days(join_date, data.birth_date, today)
    members = MemberRepository(session, gym.gym_id)
    _check_trainer(members, data.trainer_id)
    member = Member(
        gym_id=gym.gym_id, name=data.name, join_date=join_date, **_plain_fields(gym, data)
    )
    _check_number(session, member, data.number)
    _apply_consent(members, member, data, now=now)
    with changing_members(session, gym, [], now=now):
        members.add(member)
        _apply_sms_consent(session, caller, member, data, now=now)
        if data.plan_id is not None:
            first = MembershipCreate(
                member_id=member.member_id, plan_id=data.plan_id, starts_on=join_date
            )
            memberships.create(session, caller, first, now=now)
    return member


def update(
    session: Session, caller: Principal, member_id: int, data: MemberUpdate, *, now: datetime
) -> Member:
    """Change the fields that were sent. Raises `HasUnsubscribed` for a consent that is not ours."""
    gym = caller.gym
    members = MemberRepository(session, gym.gym_id)
    with changing_members(session, gym, [member_id], now=now):
        member = members.get_or_refuse(member_id)
        check_kept(member)
        if data.standing is not None:
            _take_standing(members, member, data.standing, to_local_day(now, gym.timezone))
        _check_days(data.join_date, data.birth_date, to_local_day(now, gym.timezone))
        _check_trainer(members, data.trainer_id)
        fields = _plain_fields(gym, data)
        if "number" in fields:
            _check_number(session, member, data.number)
            _keep_number(session, member, data.number, to_local_day(now, gym.timezone))
        members.update(member, fields)
        if _apply_consent(members, member, data, now=now) and data.email_consent:
            raise HasUnsubscribed(member.email)
        _apply_sms_consent(session, caller, member, data, now=now)
    return member


def archive(session: Session, caller: Principal, member_id: int, *, now: datetime) -> None:
    """Hide somebody from lists, figures and mail; nothing that is known of them goes."""
    update(session, caller, member_id, MemberUpdate(standing=ChosenStanding.ARCHIVED), now=now)


def check_kept(member: Member) -> None:
    """Raises `NoLongerKept`."""
    if member.standing in (Standing.ERASED, Standing.MERGED):
        raise NoLongerKept


def _take_standing(
    members: MemberRepository, member: Member, chosen: ChosenStanding, today: date
) -> None:
    if chosen is ChosenStanding.ARCHIVED:
        check_may_leave(members, member.member_id, today)
    member.standing = Standing(chosen)


def check_may_leave(members: MemberRepository, member_id: int, today: date) -> None:
    """Raises `StillHasMembership`, `PaysForHousehold`."""
    if members.has_membership(member_id, day=today):
        raise StillHasMembership
    if members.pays_for_household(member_id):
        raise PaysForHousehold


def set_tags(session: Session, caller: Principal, member_id: int, data: MemberTags) -> MemberTags:
    """The member has these tags and no others; what a gym does not have yet is made."""
    MemberRepository(session, caller.gym_id).get_or_refuse(member_id)
    tags = TagRepository(session, caller.gym_id)
    tags.set_of_member(member_id, tags.ensure(data.tags))
    return MemberTags(tags=list(tags.list_names(member_id)))


def _check_days(join_date: date | None, birth_date: date | None, today: date) -> None:
    if join_date is not None and join_date > today:
        raise JoinDateInFuture(
            t("The day of joining lies in the future; use today or an earlier day.")
        )
    if birth_date is not None and birth_date > today:
        raise BirthDateInFuture(t("The birth date lies in the future; check the year."))


def _check_number(session: Session, member: Member, number: str | None) -> None:
    """A card of somebody else's is taken, too. Raises `NumberTaken`."""
    if number is not None:
        others = NumberLookup(session, member.gym_id).find_holders(number)
        if others - {member.member_id}:
            raise NumberTaken(number)


def _keep_number(session: Session, member: Member, number: str | None, today: date) -> None:
    """The number of before is found still, and opens nothing."""
    if member.number is not None and member.number != number:
        session.add(
            MemberNumber(
                gym_id=member.gym_id,
                member_id=member.member_id,
                kind=NumberKind.MEMBER_NUMBER,
                value=member.number,
                given_on=min(member.join_date, today),
                ended_on=today,
            )
        )


def _check_trainer(members: MemberRepository, trainer_id: int | None) -> None:
    if trainer_id is not None and not members.has_trainer(trainer_id):
        raise TrainerNotFound(trainer_id)


def _plain_fields(gym: Gym, data: MemberCreate | MemberUpdate) -> dict[str, Any]:
    """What was sent of the fields that are only stored, and what follows from them alone."""
    wanted = set(MemberFields.model_fields) - {"email_consent", "sms_consent"}
    if isinstance(data, MemberUpdate):
        wanted |= set(MemberUpdate.required)
    fields = data.model_dump(include=wanted, exclude_unset=True)
    if "phone" in fields:
        fields["phone_e164"] = to_e164(fields["phone"], region_of_zone(gym.timezone))
    return fields


def _apply_consent(
    members: MemberRepository,
    member: Member,
    data: MemberCreate | MemberUpdate,
    *,
    now: datetime,
) -> bool:
    """Write the consent; return whether member or address unsubscribed, which outlives it."""
    if member.email_consent == EmailConsent.UNSUBSCRIBED:
        return True
    if member.email_key is not None and members.has_unsubscribed(member.email_key):
        # A refusal stays one, also when the address takes its unsubscribing back.
        if member.email_consent != EmailConsent.REFUSED:
            _record_consent(member, EmailConsent.UNSUBSCRIBED, SAME_ADDRESS, now=now)
        return True
    if data.email_consent is not None:
        given = EmailConsent.GIVEN if data.email_consent else EmailConsent.REFUSED
        _record_consent(member, given, "recorded by staff", now=now)
    return False


def _apply_sms_consent(
    session: Session,
    caller: Principal,
    member: Member,
    data: MemberCreate | MemberUpdate,
    *,
    now: datetime,
) -> None:
    if data.sms_consent is not None:
        record_consent(
            session,
            member,
            Channel.SMS,
            Purpose.BILLING,
            is_given=data.sms_consent,
            recorded_by=caller.user_id,
            now=now,
        )


def _record_consent(member: Member, consent: EmailConsent, source: str, *, now: datetime) -> None:
    if consent != member.email_consent:
        member.email_consent = consent
        member.email_consent_source = source
        member.email_consent_at = now


def list_page(
    session: Session,
    caller: Principal,
    page: PageRequest,
    *,
    as_of: AsOf,
    sort: MemberSort,
    chosen: MemberFilter,
) -> Page[MemberItem]:
    rows, total = MemberRepository(session, caller.gym_id).list_page(
        page, day=as_of.day, sort=sort, chosen=chosen
    )
    items = [MemberItem(**_read_item(caller, row)) for row in rows]
    return Page[MemberItem].of(items, total, page)


def read_item(session: Session, caller: Principal, member_id: int, *, as_of: AsOf) -> MemberItem:
    row = MemberRepository(session, caller.gym_id).get_row(member_id, day=as_of.day)
    if row is None:
        raise MemberNotFound(member_id)
    return MemberItem(**_read_item(caller, row))


def read(session: Session, caller: Principal, member_id: int, *, as_of: AsOf) -> MemberDetail:
    """Everything the member's page shows, as of the gym's `as_of`."""
    members = MemberRepository(session, caller.gym_id)
    row = members.get_row(member_id, day=as_of.day)
    if row is None:
        raise MemberNotFound(member_id)
    [facts] = AtRiskRepository(session, caller.gym_id, as_of.day).read([member_id])
    member, stats = row.Member, row.MemberStats
    sms = find_consent(session, member, Channel.SMS, Purpose.BILLING)
    return MemberDetail(
        **_read_item(caller, row),
        phone_e164=member.phone_e164,
        address=member.address,
        gender=member.gender,
        emergency_contact=member.emergency_contact,
        emergency_phone=member.emergency_phone,
        emergency_relation=member.emergency_relation,
        email_consent_source=member.email_consent_source,
        email_consent_at=member.email_consent_at,
        sms_consent=sms and sms.consent,
        sms_consent_at=sms and sms.recorded_at,
        sms_consent_by=sms and members.get_user_name(sms.recorded_by),
        merged_into=member.merged_into,
        has_photo=members.has_photo(member_id),
        at_risk=facts.is_at_risk,
        risk=facts.risk if facts.is_at_risk else None,
        risk_source=facts.risk_source if facts.is_at_risk else None,
        reasons=[ReasonItem.of(reason) for reason in facts.reasons],
        clv_value=row.clv_value,
        average_order_value=row.average_order_value,
        forecast_value=row.forecast_value,
        forecast_low=row.forecast_low,
        forecast_high=row.forecast_high,
        forecast_basis=row.forecast_basis,
        forecast_stay=row.forecast_stay,
        forecast_units=row.forecast_units,
        forecast_unit_value=row.forecast_unit_value,
        spend=to_major(stats.spend, caller.gym.currency),
        visits_per_week=read_weekly_days(stats.visited_days, stats.last_visit_on, as_of.day),
        memberships=memberships.list_of_member(session, caller, member_id, day=as_of.day),
    )


def list_messages(
    session: Session, caller: Principal, member_id: int, page: PageRequest
) -> Page[MemberMessageItem]:
    members = MemberRepository(session, caller.gym_id)
    members.get_or_refuse(member_id)
    rows, total = members.list_messages(member_id, page)
    items = [_read_message(row.Notification) for row in rows]
    return Page[MemberMessageItem].of(items, total, page)


def _read_message(mail: Notification) -> MemberMessageItem:
    assert mail.campaign_id is not None
    return MemberMessageItem(
        message_id=mail.notification_id,
        campaign_id=mail.campaign_id,
        subject=mail.payload["subject"],
        state=mail.state,
        created_at=mail.created_at,
        sent_at=mail.sent_at,
    )


def _read_item(caller: Principal, row: AnyRow) -> dict[str, Any]:
    member, stats = row.Member, row.MemberStats
    last_visit: date | None = stats.last_visit_on
    return {
        "member_id": member.member_id,
        "number": member.number,
        "name": member.name,
        "email": member.email,
        "phone": member.phone,
        "standing": member.standing,
        "status": row.status,
        "status_known": stats.covered is not None,
        "plan_id": member.plan_id,
        "plan_name": row.plan_name,
        "join_date": member.join_date,
        "last_visit": last_visit,
        "inactive_days": row.inactive_days,
        "visits": stats.visits,
        "segment": row.segment,
        "yearly_value": to_major(stats.yearly_value, caller.gym.currency),
        "email_consent": member.email_consent,
        "tags": row.tags,
        "birth_date": member.birth_date,
        "trainer_id": member.trainer_id,
        "tab": row.tab,
    }
