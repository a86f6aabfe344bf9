from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ScalarSelect,
    and_,
    cast,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from api.campaigns.errors import CampaignNotFound
from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.base import AnyRow, matches
from db.consent import consent_for_mail
from db.mail_eligibility import MailingStatus, SkipReason
from db.models import (
    Campaign,
    CheckIn,
    Member,
    MemberStats,
    Notification,
    NotificationState,
    OutboxItem,
    OutboxState,
    UnsubscribedAddress,
)
from db.queue.outbox import GIVEN_UP
from db.stats import at_risk as rule

_LOCK_MAILS = text(
    "select pg_advisory_xact_lock(hashtextextended('mails of ' || cast(:gym_id as text), 0))"
)


@dataclass(frozen=True)
class Recipient:
    """One chosen member, with what their mail depends on."""

    member_id: int
    name: str
    number: str | None
    email_key: str | None
    mailing_status: MailingStatus
    is_dormant: bool
    was_mailed: bool
    last_visit: date | None
    usual_gap: float | None


@dataclass(frozen=True)
class MailRecord:
    """How a gym has mailed so far: what its allowance follows from."""

    used: int
    """Queued now, or in 24 hours sent or refused: once for each time that a mail was refused."""
    busiest_day: int
    """The most mails sent on one of the last thirty finished days, by UTC."""
    week: int
    """Sent or refused in 7 days."""
    trouble: int
    """Of these, refused or unsubscribed from."""


@dataclass(frozen=True)
class CampaignFigures:
    """What became of a campaign's messages so far. `came_back_value` in minor units."""

    sent: int
    failed: int
    queued: int
    came_back: int
    came_back_value: int
    skipped: Counter[str]


def _is_recent(since: datetime) -> ColumnElement[bool]:
    """A mail that went out after this moment, or is about to."""
    return or_(
        Notification.state == NotificationState.QUEUED,
        and_(Notification.state == NotificationState.SENT, Notification.sent_at > since),
    )


def _came_back_at() -> ScalarSelect[datetime]:
    """The first visit after the mail: a visit before it is no effect of it."""
    return (
        select(func.min(CheckIn.check_in))
        .where(
            matches(CheckIn.member_id, Notification.member_id),
            CheckIn.check_in > Notification.sent_at,
        )
        .scalar_subquery()
    )


class CampaignRepository(Repository[Campaign]):
    model = Campaign
    not_found = CampaignNotFound

    def read_recipients(
        self, member_ids: Iterable[int], *, day: date, mailed_since: datetime
    ) -> dict[int, Recipient]:
        """Those of the members that the gym has, on its `as_of` day, and who of them was mailed
        after that moment."""
        # Joined, not IN (...): planned well for ten thousand ids, also just after an import.
        chosen = select(
            func.unnest(cast(list(member_ids), ARRAY(BigInteger))).label("member_id")
        ).subquery()
        recent = (Notification.of_campaigns(self.gym_id), _is_recent(mailed_since))
        mailed = set(
            self.session.scalars(
                select(Notification.member_id)
                .join(chosen, chosen.c.member_id == Notification.member_id)
                .where(*recent)
                .union(
                    select(Member.member_id)
                    .join(chosen, chosen.c.member_id == Member.member_id)
                    .join(
                        Notification,
                        (Notification.gym_id == Member.gym_id)
                        & (Notification.recipient_key == Member.email_key),
                    )
                    .where(Member.in_gym(self.gym_id), *recent)
                )
            )
        )
        rows = self.session.execute(
            select(
                Member.member_id,
                Member.name,
                Member.number,
                Member.email,
                Member.email_key,
                Member.standing,
                consent_for_mail().label("consent"),
                MemberStats.last_visit_on,
                MemberStats.usual_gap,
                rule.member_status(day).label("status"),
                rule.is_dormant(day).label("is_dormant"),
            )
            .select_from(chosen)
            .join(
                Member,
                (Member.gym_id == self.gym_id) & (Member.member_id == chosen.c.member_id),
            )
            .join(
                MemberStats,
                (MemberStats.gym_id == self.gym_id) & (MemberStats.member_id == chosen.c.member_id),
            )
        )
        return {
            row.member_id: Recipient(
                member_id=row.member_id,
                name=row.name,
                number=row.number,
                email_key=row.email_key,
                mailing_status=MailingStatus(row.status, row.email, row.consent, row.standing),
                is_dormant=row.is_dormant,
                was_mailed=row.member_id in mailed,
                last_visit=row.last_visit_on,
                usual_gap=row.usual_gap,
            )
            for row in rows
        }

    def lock_mails(self) -> None:
        """Make other senders of the gym wait until this transaction ends: their counts are then
        right. Taken after `lock_member_stats`."""
        self.session.execute(_LOCK_MAILS, {"gym_id": self.gym_id})

    def read_record(self, *, now: datetime) -> MailRecord:
        day, week, month = (now - timedelta(days=days) for days in (1, 7, 30))
        own = Notification.of_campaigns(self.gym_id)
        queued = Notification.state == NotificationState.QUEUED
        sent = Notification.state == NotificationState.SENT
        refused = and_(
            Notification.state == NotificationState.FAILED,
            Notification.created_at > week,
            Notification.error.not_like(f"{GIVEN_UP}%"),
        )
        row = self.session.execute(
            select(
                func.count().filter(or_(queued, Notification.sent_at > day)).label("used"),
                func.count().filter(Notification.sent_at > week).label("sent"),
                func.count().filter(refused).label("refused"),
            ).where(own, or_(queued, and_(sent, Notification.sent_at > week), refused))
        ).one()
        each_day = (
            select(func.count().label("mails"))
            .where(own, sent, Notification.sent_at > month, Notification.sent_at <= day)
            .group_by(func.date(func.timezone("UTC", Notification.sent_at)))
            .subquery()
        )
        left = self.count(
            UnsubscribedAddress,
            UnsubscribedAddress.in_gym(self.gym_id),
            UnsubscribedAddress.unsubscribed_at > week,
        )
        busiest = self.session.scalar(select(func.max(each_day.c.mails))) or 0
        # Of the outbox, which has a row for each time a mail was queued. The lease that it failed
        # under ends shortly after.
        refused_today = self.session.scalar(
            select(func.count())
            .select_from(OutboxItem)
            .join(Notification, matches(Notification.notification_id, OutboxItem.notification_id))
            .where(
                OutboxItem.in_gym(self.gym_id),
                own,
                OutboxItem.state == OutboxState.FAILED,
                OutboxItem.last_error.not_like(f"{GIVEN_UP}%"),
                OutboxItem.next_at > day,
            )
        )
        return MailRecord(
            row.used + (refused_today or 0),
            int(busiest),
            row.sent + row.refused,
            row.refused + left,
        )

    def has_other_mail(self, message: Notification, email_key: str, *, since: datetime) -> bool:
        """Whether another mail went to the address after that moment, or goes there before."""
        other = (
            Notification.of_campaigns(self.gym_id),
            Notification.notification_id != message.notification_id,
        )
        sent = (
            select(Notification.notification_id)
            .where(
                *other,
                Notification.recipient_key == email_key,
                Notification.state == NotificationState.SENT,
                Notification.sent_at > since,
            )
            .exists()
        )
        earlier = (
            select(Notification.notification_id)
            .join(Member, matches(Member.member_id, Notification.member_id))
            .where(
                *other,
                Member.email_key == email_key,
                Notification.state == NotificationState.QUEUED,
                Notification.notification_id < message.notification_id,
            )
            .exists()
        )
        return bool(self.session.scalar(select(or_(sent, earlier))))

    def list_page(self, page: PageRequest) -> tuple[Sequence[Campaign], int]:
        """Newest first."""
        return self.paginate(page, order=(Campaign.created_at.desc(), Campaign.campaign_id.desc()))

    def read_figures(self, campaign_ids: Iterable[int]) -> dict[int, CampaignFigures]:
        """Counted from the messages, so that they cannot differ from them."""
        mine = (Notification.in_gym(self.gym_id), Notification.campaign_id.in_(list(campaign_ids)))
        value = (
            select(MemberStats.yearly_value)
            .where(matches(MemberStats.member_id, Notification.member_id))
            .scalar_subquery()
        )
        each = (
            select(
                Notification.campaign_id,
                Notification.state,
                _came_back_at().label("came_back_at"),
                value.label("value"),
            )
            .where(*mine)
            .subquery()
        )
        came_back = each.c.came_back_at.is_not(None)
        rows = self.session.execute(
            select(
                each.c.campaign_id,
                *(
                    func.count().filter(each.c.state == state).label(state.value)
                    for state in (
                        NotificationState.SENT,
                        NotificationState.FAILED,
                        NotificationState.QUEUED,
                    )
                ),
                func.count().filter(came_back).label("came_back"),
                func.coalesce(func.sum(each.c.value).filter(came_back), 0).label("value"),
            ).group_by(each.c.campaign_id)
        ).all()
        skipped = self.session.execute(
            select(Notification.campaign_id, Notification.error, func.count().label("members"))
            .where(*mine, Notification.state == NotificationState.SKIPPED)
            .group_by(Notification.campaign_id, Notification.error)
        ).all()
        return {
            row.campaign_id: CampaignFigures(
                sent=row.sent,
                failed=row.failed,
                queued=row.queued,
                came_back=row.came_back,
                came_back_value=int(row.value),
                skipped=Counter(
                    {
                        item.error: item.members
                        for item in skipped
                        if item.campaign_id == row.campaign_id
                    }
                ),
            )
            for row in rows
        }

    def list_messages(
        self, campaign_id: int, page: PageRequest, *, state: NotificationState | None
    ) -> tuple[Sequence[AnyRow], int]:
        where = [Notification.in_gym(self.gym_id), Notification.campaign_id == campaign_id]
        if state is not None:
            where.append(Notification.state == state)
        attempts = (
            select(func.coalesce(func.sum(OutboxItem.attempts), 0))
            .where(matches(OutboxItem.notification_id, Notification.notification_id))
            .scalar_subquery()
        )
        query = (
            select(
                Notification.notification_id.label("message_id"),
                Notification.member_id,
                Member.name,
                Notification.recipient.label("to"),
                Notification.state,
                Notification.sent_at,
                Notification.error,
                Notification.said,
                attempts.label("attempts"),
                _came_back_at().label("came_back_at"),
            )
            .join(Member, matches(Member.member_id, Notification.member_id))
            .order_by(Notification.notification_id)
        )
        return self.paginate_rows(query, page, *where, counted=Notification)

    def list_failed(
        self, campaign_id: int, message_ids: Iterable[int] | None
    ) -> dict[int, Notification]:
        """By member, in the order in which they were made."""
        query = select(Notification).where(
            Notification.in_gym(self.gym_id),
            Notification.campaign_id == campaign_id,
            Notification.state == NotificationState.FAILED,
        )
        if message_ids is not None:
            query = query.where(Notification.notification_id.in_(list(message_ids)))
        rows = self.session.scalars(
            query.order_by(Notification.notification_id).execution_options(populate_existing=True)
        )
        return {row.member_id: row for row in rows if row.member_id is not None}

    def count_messages(self, campaign_id: int, message_ids: Iterable[int]) -> int:
        return self.count(
            Notification,
            Notification.in_gym(self.gym_id),
            Notification.campaign_id == campaign_id,
            Notification.notification_id.in_(list(message_ids)),
        )


NOTHING_YET = CampaignFigures(0, 0, 0, 0, 0, Counter())


def count_skipped(figures: CampaignFigures, at_start: dict[str, int]) -> dict[SkipReason, int]:
    """Skipped when the campaign was made, and since by the worker; every reason is there."""
    return {
        reason: at_start.get(reason, 0) + figures.skipped.get(reason, 0) for reason in SkipReason
    }
