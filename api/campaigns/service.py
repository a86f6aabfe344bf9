"""Previewing, sending and retrying campaigns, and their results."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.campaigns import merge_fields
from api.campaigns.allowance import read_allowance
from api.campaigns.audience import (
    choose_members,
    list_notes,
    make_draft,
    record_audience,
)
from api.campaigns.errors import MembersNotFound, MessagesNotFound, TextHasProblems
from api.campaigns.merge_fields import MemberValues, fill
from api.campaigns.notifications import CAMPAIGN, CampaignText
from api.campaigns.repository import (
    NOTHING_YET,
    CampaignFigures,
    CampaignRepository,
    count_skipped,
)
from api.campaigns.schemas import (
    PREVIEWS_ON_A_PAGE,
    CampaignCreate,
    CampaignItem,
    MessageItem,
    Preview,
    PreviewItem,
    PreviewRequest,
    ProblemItem,
)
from api.email_confirmations.service import find_problem, require_sender
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.kit.settings import Settings
from api.kit.translation import retell, translate
from api.notifications.kind import NewNotification
from api.providers.email.links import (
    LinkPurpose,
    hash_link_token,
    make_link_token,
    new_header_id,
)
from core.clock import AsOf
from core.money import to_major
from core.translation import Sentence, t
from db.mail_eligibility import SkipReason, find_block
from db.models import Campaign, Channel, Gym, Notification, NotificationState
from db.queue import outbox
from db.stats.member_stats import lock_member_stats


def preview(
    session: Session,
    caller: Principal,
    data: PreviewRequest,
    *,
    as_of: AsOf,
    now: datetime,
    settings: Settings,
) -> Preview:
    """What sending would do now. Writes nothing."""
    gym = caller.gym
    repository = CampaignRepository(session, gym.gym_id)
    chosen = choose_members(session, gym, data, as_of)
    allowance = read_allowance(repository, gym, settings, now=now)
    draft = make_draft(repository, gym, data, chosen, as_of=as_of, now=now, allowance=allowance)
    problem = find_problem(session, gym, settings)
    first = (data.page - 1) * PREVIEWS_ON_A_PAGE
    return Preview(
        total=draft.total,
        will_send=len(draft.recipients),
        skipped={reason: draft.skipped[reason] for reason in SkipReason},
        problems=[ProblemItem.model_validate(problem) for problem in draft.problems],
        previews=[
            PreviewItem(
                member_id=recipient.member_id,
                name=recipient.name,
                to=recipient.mailing_status.email or "",
                subject=fill(data.subject, values),
                body=fill(data.body, values),
            )
            for recipient, values in draft.recipients[first : first + PREVIEWS_ON_A_PAGE]
        ],
        page=data.page,
        size=PREVIEWS_ON_A_PAGE,
        daily_limit=allowance.per_day,
        left_today=allowance.remaining,
        as_of=as_of.instant,
        as_of_is_live=as_of.is_live,
        notes=list_notes(data, as_of),
        email_problem=None if problem is None else translate(problem),
    )


def send(
    session: Session,
    caller: Principal,
    data: CampaignCreate,
    *,
    as_of: AsOf,
    now: datetime,
    settings: Settings,
) -> CampaignItem:
    """Queue a mail to every chosen member who may get one: with the campaign, all at once.

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
    allowance = read_allowance(repository, gym, settings, now=now)
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
        audience=record_audience(data, draft.total),
        skipped=dict(draft.skipped),
        created_at=now,
    )
    repository.add(campaign)
    mails = []
    for recipient, values in draft.recipients:
        header_id = new_header_id(sender)
        token = make_link_token(LinkPurpose.UNSUBSCRIBE, header_id, settings.secret_key)
        mails.append(
            NewNotification(
                recipient=recipient.mailing_status.email or "",
                payload=CampaignText(fill(data.subject, values), fill(data.body, values)),
                dedupe_key=f"{campaign.campaign_id}-{recipient.member_id}",
                member_id=recipient.member_id,
                campaign_id=campaign.campaign_id,
                provider_id=header_id,
                unsubscribe_hash=hash_link_token(token),
            )
        )
    CAMPAIGN.queue(session, gym.gym_id, Channel.EMAIL, mails, now=now)
    return read(session, caller, campaign.campaign_id)


def retry(
    session: Session,
    caller: Principal,
    campaign_id: int,
    message_ids: list[int] | None,
    *,
    as_of: AsOf,
    now: datetime,
    settings: Settings,
) -> CampaignItem:
    """Queue failed mails again, under their old Message-ID, to those who may still get them."""
    gym = caller.gym
    repository = CampaignRepository(session, gym.gym_id)
    repository.get_or_refuse(campaign_id)
    require_sender(session, gym, settings)
    if message_ids is not None:
        wanted = set(message_ids)
        if repository.count_messages(campaign_id, wanted) != len(wanted):
            raise MessagesNotFound
    lock_member_stats(session, gym.gym_id, repository.list_failed(campaign_id, message_ids))
    repository.lock_mails()
    remaining = read_allowance(repository, gym, settings, now=now).remaining
    addresses: set[str | None] = set()
    # Read again under the lock: somebody else may have pressed the same button.
    failed = repository.list_failed(campaign_id, message_ids)
    recipients = repository.read_recipients(
        failed, day=as_of.day, mailed_since=now - gym.mail_pause
    )
    again: list[int] = []
    for member_id, message in failed.items():
        recipient = recipients[member_id]
        block = find_block(recipient.mailing_status)
        if block is not None:
            message.state, message.error, message.said = NotificationState.SKIPPED, block, None
        elif recipient.was_mailed or recipient.email_key in addresses:
            _explain(
                message,
                t("Not sent again: another mail went to this address in the last 7 days."),
            )
        elif remaining is not None and len(again) >= remaining:
            _explain(message, t("Not sent again today: your gym's limit for 24 hours is reached."))
        else:
            addresses.add(recipient.email_key)
            message.state, message.error, message.said = NotificationState.QUEUED, None, None
            message.recipient = recipient.mailing_status.email or message.recipient
            again.append(message.notification_id)
    session.flush()
    outbox.enqueue(session, gym.gym_id, again)
    return read(session, caller, campaign_id)


def read(session: Session, caller: Principal, campaign_id: int) -> CampaignItem:
    repository = CampaignRepository(session, caller.gym_id)
    campaign = repository.get_or_refuse(campaign_id)
    figures = repository.read_figures([campaign_id]).get(campaign_id, NOTHING_YET)
    return _to_item(campaign, figures, caller.gym)


def list_page(session: Session, caller: Principal, page: PageRequest) -> Page[CampaignItem]:
    repository = CampaignRepository(session, caller.gym_id)
    campaigns, total = repository.list_page(page)
    figures = repository.read_figures(campaign.campaign_id for campaign in campaigns)
    items = [
        _to_item(campaign, figures.get(campaign.campaign_id, NOTHING_YET), caller.gym)
        for campaign in campaigns
    ]
    return Page[CampaignItem].of(items, total, page)


def list_messages(
    session: Session,
    caller: Principal,
    campaign_id: int,
    page: PageRequest,
    *,
    state: NotificationState | None,
) -> Page[MessageItem]:
    repository = CampaignRepository(session, caller.gym_id)
    repository.get_or_refuse(campaign_id)
    rows, total = repository.list_messages(campaign_id, page, state=state)
    items = [
        MessageItem.model_validate({**row._mapping, "error": retell(row.said, row.error)})
        for row in rows
    ]
    return Page[MessageItem].of(items, total, page)


def _explain(message: Notification, reason: Sentence) -> None:
    message.error, message.said = str(reason), reason


def _name_after(subject: str, gym: Gym) -> str:
    """The subject with the gym's name, and without the members' own values."""
    values = MemberValues({merge_fields.MergeField.GYM: gym.name})
    return fill(subject, values).strip(" ,.-!?") or "Campaign"


def _to_item(campaign: Campaign, figures: CampaignFigures, gym: Gym) -> CampaignItem:
    return CampaignItem(
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
        came_back_value=to_major(figures.came_back_value, gym.currency),
        currency=gym.currency,
    )
