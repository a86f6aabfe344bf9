"""The audience of a campaign: the members chosen, and which of them may get it now."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from api.at_risk.repository import AtRiskRepository
from api.audiences import service as audiences
from api.campaigns import merge_fields
from api.campaigns.allowance import Allowance
from api.campaigns.errors import AudienceTooLarge
from api.campaigns.merge_fields import MemberValues, TextProblem, describe_member
from api.campaigns.repository import CampaignRepository, Recipient
from api.campaigns.schemas import MAX_AUDIENCE, Audience, CampaignCreate, PreviewRequest
from core.clock import AsOf, to_local_day
from core.translation import Quantity, Sentence, t
from db.mail_eligibility import SkipReason, find_block
from db.models import Gym


@dataclass(frozen=True)
class Draft:
    """A chosen audience, decided member by member, each with their values."""

    total: int
    recipients: list[tuple[Recipient, MemberValues]]
    skipped: Counter[SkipReason]
    allowance: Allowance
    unknown: list[int]
    problems: list[TextProblem]


def choose_members(session: Session, gym: Gym, data: Audience, as_of: AsOf) -> list[int]:
    """Ids, each once. Raises `AudienceTooLarge` and `AudienceNotFound`."""
    chosen: Sequence[int]
    if data.audience_id is not None:
        chosen = audiences.find_members(session, gym.gym_id, data.audience_id, day=as_of.day)
    elif data.filter is not None:
        at_risk = AtRiskRepository(session, gym.gym_id, as_of.day)
        chosen = at_risk.member_ids(data.filter.to_rule())
    else:
        return list(dict.fromkeys(data.member_ids or []))
    if len(chosen) > MAX_AUDIENCE:
        raise AudienceTooLarge(
            t(
                "The filter matches {n} members; {largest_audience} at once are the most."
                " Narrow it, for example by plan or tab.",
                n=Quantity(len(chosen)),
                largest_audience=Quantity(MAX_AUDIENCE),
            )
        )
    return list(chosen)


def make_draft(
    repository: CampaignRepository,
    gym: Gym,
    data: PreviewRequest | CampaignCreate,
    chosen: list[int],
    *,
    as_of: AsOf,
    now: datetime,
    allowance: Allowance,
) -> Draft:
    """Decide for each of the chosen members, in their order, and fill in their mail."""
    found = repository.read_recipients(chosen, day=as_of.day, mailed_since=now - gym.mail_pause)
    unknown = [member_id for member_id in chosen if member_id not in found]
    skipped: Counter[SkipReason] = Counter()
    if unknown:
        skipped[SkipReason.NOT_MEMBER] = len(unknown)
    recipients: list[tuple[Recipient, MemberValues]] = []
    addresses: set[str | None] = set()
    today = to_local_day(now, gym.timezone)
    for member_id in chosen:
        recipient = found.get(member_id)
        if recipient is None:
            continue
        reason = _find_reason_to_skip(recipient, takes_dormant=data.takes_dormant)
        if reason is None and recipient.email_key in addresses:
            reason = SkipReason.SAME_ADDRESS
        if (
            reason is None
            and allowance.remaining is not None
            and len(recipients) >= allowance.remaining
        ):
            reason = SkipReason.DAILY_LIMIT
        if reason is not None:
            skipped[reason] += 1
            continue
        addresses.add(recipient.email_key)
        values = describe_member(
            name=recipient.name,
            number=recipient.number,
            gym=gym.name,
            last_visit=recipient.last_visit,
            usual_gap=recipient.usual_gap,
            day=today,
            language=gym.language,
            names_year=not as_of.is_live,
        )
        recipients.append((recipient, values))
    problems = merge_fields.check_text(data.subject, data.body)
    named = [(recipient.name, values) for recipient, values in recipients]
    problems += merge_fields.check_values(data.subject, data.body, named)
    return Draft(len(chosen), recipients, skipped, allowance, unknown, problems)


def _find_reason_to_skip(recipient: Recipient, *, takes_dormant: bool) -> SkipReason | None:
    block = find_block(recipient.mailing_status)
    if block is not None:
        return block
    if recipient.is_dormant and not takes_dormant:
        return SkipReason.DORMANT
    if recipient.was_mailed:
        return SkipReason.MAILED_THIS_WEEK
    return None


def list_notes(data: PreviewRequest, as_of: AsOf) -> list[Sentence]:
    """Notes for the author while the gym's newest visit is long ago."""
    if as_of.is_live:
        return []
    notes = [
        t(
            "Your newest visit is of {day}: who this reaches is decided as of that day.",
            day=as_of.day,
        )
    ]
    if merge_fields.names_days(data.subject, data.body):
        notes.append(
            t(
                "{days_away} and {last_visit} count to today from the last visit that is known."
                " Whoever came after {day} will read something wrong.",
                days_away="{{days_away}}",
                last_visit="{{last_visit}}",
                day=as_of.day,
            )
        )
    return notes


def record_audience(data: Audience, total: int) -> dict[str, object]:
    """How the members were chosen, as the campaign's row keeps it."""
    if data.audience_id is not None:
        return {
            "by": "audience",
            "audience_id": data.audience_id,
            "include_dormant": data.takes_dormant,
        }
    if data.filter is None:
        return {"by": "hand", "members": total}
    return {
        "by": "filter",
        "filter": data.filter.model_dump(mode="json", exclude_none=True),
        "include_dormant": data.takes_dormant,
    }
