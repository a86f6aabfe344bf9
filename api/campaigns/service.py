"""What may be written to whom, and what became of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from api.campaigns import merge_fields
from api.campaigns.allowance import read_allowance
from api.campaigns.audience import (
    choose_members,
    describe_audience,
    describe_past,
    make_draft,
)
from api.campaigns.merge_fields import MemberWords, WordingProblem, fill
from api.campaigns.repository import (
    NOTHING_YET,
    CampaignFigures,
    CampaignRepository,
    count_skipped,
)
from api.campaigns.schemas import (
    PREVIEWS_ON_A_PAGE,
    CampaignOut,
    MessageOut,
    Preview,
    PreviewOut,
    PreviewRequest,
    ProblemOut,
    SendRequest,
)
from api.email_confirmations.service import find_problem, require_sender
from api.kit.errors import Invalid, NotFound
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.kit.schemas import to_major
from api.kit.settings import Settings
from api.providers.email.links import (
    LinkPurpose,
    hash_link_token,
    make_link_token,
    new_header_id,
)
from core.clock import AsOf
from db.mail_eligibility import SkipReason, find_block
from db.models import Campaign, Gym, MessageState
from db.queue.outbox import enqueue_messages
from db.stats.member_stats import lock_member_stats

_NAMED_IN_ERROR = 50


class CampaignNotFound(NotFound):
    code = "campaign_not_found"

    def __init__(self, campaign_id: int) -> None:
        super().__init__(f"This gym has no campaign {campaign_id}.")


class MembersNotFound(NotFound):
    code, title = "members_not_found", "Members not found"

    def __init__(self, member_ids: Sequence[int]) -> None:
        super().__init__(
            f"{len(member_ids)} of the chosen members are not this gym's. Nothing was sent.",
            errors=[
                {"field": "member_ids", "message": f"no member {member_id}"}
                for member_id in member_ids[:_NAMED_IN_ERROR]
            ],
        )


class MessagesNotFound(NotFound):
    code = "messages_not_found"


class TextHasProblems(Invalid):
    code, title = "text_has_problems", "The text has problems"

    def __init__(self, problems: Sequence[WordingProblem]) -> None:
        super().__init__(
            " ".join(problem.text for problem in problems) + " Nothing was sent.",
            errors=[{"code": problem.code, "text": problem.text} for problem in problems],
        )


def preview(
    session: Session,
    gym: Gym,
    data: PreviewRequest,
    *,
    as_of: AsOf,
    now: datetime,
    settings: Settings,
) -> Preview:
    """What sending would do now. Writes nothing."""
    repository = CampaignRepository(session, gym.gym_id)
    chosen = choose_members(session, gym, data, as_of)
    allowance = read_allowance(repository, settings, now=now)
    draft = make_draft(repository, gym, data, chosen, as_of=as_of, now=now, allowance=allowance)
    first = (data.page - 1) * PREVIEWS_ON_A_PAGE
    return Preview(
        total=draft.total,
        will_send=len(draft.recipients),
        skipped={reason: draft.skipped[reason] for reason in SkipReason},
        problems=[ProblemOut.model_validate(problem) for problem in draft.problems],
        previews=[
            PreviewOut(
                member_id=recipient.member_id,
                name=recipient.name,
                to=recipient.standing.email or "",
                subject=fill(data.subject, words),
                body=fill(data.body, words),
            )
            for recipient, words in draft.recipients[first : first + PREVIEWS_ON_A_PAGE]
        ],
        page=data.page,
        size=PREVIEWS_ON_A_PAGE,
        daily_limit=allowance.a_day,
        left_today=allowance.left,
        as_of=as_of.instant,
        as_of_is_live=as_of.is_live,
        notes=describe_past(data, as_of),
        email_problem=find_problem(session, gym, settings),
    )


def send(
    session: Session,
    caller: Principal,
    data: SendRequest,
    *,
    as_of: AsOf,
    now: datetime,
    settings: Settings,
) -> CampaignOut:
    """Queue a mail to every chosen member who may get one: campaign, messages and outbox at once.

    Two sends of a gym at the same time take turns: one member or address gets one mail, and
    together they stay within the gym's allowance.
    """
    gym = caller.gym
    sender = require_sender(session, gym, settings)
    if problems := merge_fields.check_text(data.subject, data.body):
        raise TextHasProblems(problems)
    chosen = choose_members(session, gym, data, as_of)
    # In id order, before anything is decided: see `lock_member_stats`.
    lock_member_stats(session, gym.gym_id, chosen)
    repository = CampaignRepository(session, gym.gym_id)
    repository.lock_mails()
    allowance = read_allowance(repository, settings, now=now)
    draft = make_draft(repository, gym, data, chosen, as_of=as_of, now=now, allowance=allowance)
    if draft.unknown:
        raise MembersNotFound(draft.unknown)
    if draft.problems:
        raise TextHasProblems(draft.problems)
    campaign = Campaign(
        gym_id=gym.gym_id,
        created_by=caller.user_id,
        name=data.name or _name_after(data.subject, gym),
        subject=data.subject,
        body=data.body,
        audience=describe_audience(data, draft.total),
        skipped={reason.value: count for reason, count in draft.skipped.items()},
        created_at=now,
    )
    messages = []
    for recipient, words in draft.recipients:
        header_id = new_header_id(sender)
        token = make_link_token(LinkPurpose.UNSUBSCRIBE, header_id, settings.secret_key)
        messages.append(
            {
                "member_id": recipient.member_id,
                "address": recipient.standing.email,
                "email_key": recipient.email_key,
                "subject": fill(data.subject, words),
                "body": fill(data.body, words),
                "header_id": header_id,
                "unsubscribe_hash": hash_link_token(token),
                "state": MessageState.QUEUED.value,
                "created_at": now,
            }
        )
    enqueue_messages(session, gym.gym_id, repository.store(campaign, messages))
    return read(session, gym, campaign.campaign_id)


def retry(
    session: Session,
    gym: Gym,
    campaign_id: int,
    message_ids: list[int] | None,
    *,
    as_of: AsOf,
    now: datetime,
    settings: Settings,
) -> CampaignOut:
    """Queue failed mails again, under their old Message-ID, to those who may still get them."""
    repository = CampaignRepository(session, gym.gym_id)
    if repository.get(campaign_id) is None:
        raise CampaignNotFound(campaign_id)
    require_sender(session, gym, settings)
    if message_ids is not None:
        wanted = set(message_ids)
        if repository.count_messages(campaign_id, wanted) != len(wanted):
            raise MessagesNotFound("Some of the messages are not of this campaign.")
    members = [message.member_id for message in repository.failed(campaign_id, message_ids)]
    lock_member_stats(session, gym.gym_id, members)
    repository.lock_mails()
    left = read_allowance(repository, settings, now=now).left
    addresses: set[str | None] = set()
    # Read again under the lock: somebody else may have pressed the same button.
    failed = repository.failed(campaign_id, message_ids)
    recipients = repository.recipients(
        [message.member_id for message in failed], day=as_of.day, now=now
    )
    again: list[int] = []
    for message in failed:
        recipient = recipients[message.member_id]
        block = find_block(recipient.standing)
        if block is not None:
            message.state, message.error = MessageState.SKIPPED.value, block.value
        elif recipient.was_mailed or recipient.email_key in addresses:
            message.error = "Not sent again: another mail went to this address in the last 7 days."
        elif left is not None and len(again) >= left:
            message.error = "Not sent again today: your gym's limit for 24 hours is reached."
        else:
            addresses.add(recipient.email_key)
            message.state, message.error = MessageState.QUEUED.value, None
            message.address = recipient.standing.email or message.address
            again.append(message.message_id)
    session.flush()
    enqueue_messages(session, gym.gym_id, again)
    return read(session, gym, campaign_id)


def read(session: Session, gym: Gym, campaign_id: int) -> CampaignOut:
    repository = CampaignRepository(session, gym.gym_id)
    campaign = repository.get(campaign_id)
    if campaign is None:
        raise CampaignNotFound(campaign_id)
    figures = repository.figures([campaign_id]).get(campaign_id, NOTHING_YET)
    return _describe(campaign, figures, gym)


def page(session: Session, gym: Gym, request: PageRequest) -> Page[CampaignOut]:
    repository = CampaignRepository(session, gym.gym_id)
    campaigns, total = repository.page(request)
    figures = repository.figures(campaign.campaign_id for campaign in campaigns)
    items = [
        _describe(campaign, figures.get(campaign.campaign_id, NOTHING_YET), gym)
        for campaign in campaigns
    ]
    return Page[CampaignOut].of(items, total, request)


def messages(
    session: Session,
    gym: Gym,
    campaign_id: int,
    request: PageRequest,
    *,
    state: MessageState | None,
) -> Page[MessageOut]:
    repository = CampaignRepository(session, gym.gym_id)
    if repository.get(campaign_id) is None:
        raise CampaignNotFound(campaign_id)
    rows, total = repository.messages(campaign_id, request, state=state)
    items = [MessageOut.model_validate(row) for row in rows]
    return Page[MessageOut].of(items, total, request)


def _name_after(subject: str, gym: Gym) -> str:
    """The subject with the gym's name, and without the members' own words."""
    words = MemberWords({merge_fields.MergeField.GYM: gym.name})
    return fill(subject, words).strip(" ,.-!?") or "Campaign"


def _describe(campaign: Campaign, figures: CampaignFigures, gym: Gym) -> CampaignOut:
    return CampaignOut(
        campaign_id=campaign.campaign_id,
        name=campaign.name,
        subject=campaign.subject,
        body=campaign.body,
        state="sending" if figures.queued else "done",
        created_at=campaign.created_at,
        sent=figures.sent,
        failed=figures.failed,
        queued=figures.queued,
        skipped=count_skipped(figures, campaign.skipped),
        came_back=figures.came_back,
        came_back_value=to_major(figures.came_back_value),
        currency=gym.currency,
    )
