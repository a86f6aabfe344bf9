from typing import Annotated

from fastapi import APIRouter, Body, Depends

from api.audiences.errors import AudienceNotFound
from api.campaigns import service as campaigns
from api.campaigns.errors import (
    AudienceTooLarge,
    CampaignNotFound,
    MembersNotFound,
    MessagesNotFound,
    TextHasProblems,
)
from api.campaigns.merge_fields import DESCRIPTIONS
from api.campaigns.schemas import (
    CampaignCreate,
    CampaignItem,
    MergeFieldItem,
    MessageItem,
    Preview,
    PreviewRequest,
    RetryRequest,
    TemplateItem,
)
from api.campaigns.templates import TEMPLATES
from api.email_confirmations.errors import AddressNotConfirmed, EmailNotConfigured
from api.kit.deps import AsOfDep, NowDep, Require, SessionDep, SettingsDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.idempotency import IdempotentDep, KeyReused, StillRunning
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.kit.translation import translate
from core.translation import t
from db.models import NotificationState

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_CAMPAIGNS))]
Sender = Annotated[Principal, Depends(Require(Permission.SEND_CAMPAIGNS))]
Previewer = Annotated[Principal, Depends(Require(Permission.SEND_CAMPAIGNS, only_reads=True))]


@router.get("/templates", summary="Texts to start from")
def list_templates(_caller: Reader) -> list[TemplateItem]:
    """In the language of the request."""
    return [
        TemplateItem(
            key=template.key,
            name=translate(t(template.name)),
            tab=template.tab,
            subject=translate(t(template.subject)),
            body=translate(t(template.body)),
        )
        for template in TEMPLATES
    ]


@router.get("/merge-fields", summary="What a text may name about a member")
def list_merge_fields(_caller: Reader) -> list[MergeFieldItem]:
    """`{{first_name|there}}` becomes "there" for members whose first name is not known."""
    return [
        MergeFieldItem(
            field=f"{{{{{field}}}}}", description=translate(t(description)), example=example
        )
        for field, (description, example) in DESCRIPTIONS.items()
    ]


@router.post(
    "/preview",
    summary="Who would get it, who would not and why, and how it reads",
    responses=describe(AudienceTooLarge, AudienceNotFound),
)
def preview_campaign(
    session: SessionDep,
    caller: Previewer,
    as_of: AsOfDep,
    now: NowDep,
    settings: SettingsDep,
    data: PreviewRequest,
) -> Preview:
    """Sends nothing. A text with `problems` is refused when sent."""
    return campaigns.preview(session, caller, data, as_of=as_of, now=now, settings=settings)


@router.post(
    "",
    status_code=202,
    summary="Write to members",
    responses=describe(
        MembersNotFound,
        EmailNotConfigured,
        AddressNotConfirmed,
        StillRunning,
        TextHasProblems,
        AudienceTooLarge,
        AudienceNotFound,
        KeyReused,
    ),
)
def send_campaign(
    session: SessionDep,
    caller: Sender,
    as_of: AsOfDep,
    now: NowDep,
    settings: SettingsDep,
    idempotent: IdempotentDep,
    data: CampaignCreate,
) -> CampaignItem:
    """Needs the owner's address confirmed: see `/organizations/me/email-confirmation`.

    Queues one mail for each chosen member who may get one; a worker sends them at once.

    Left out and counted under `skipped`: no or no valid address, no consent, unsubscribed, mailed
    within 7 days at this or another record of the address, not an active member, with a filter
    those away for 60 days or longer, and members beyond the gym's `daily_limit`, which grows.
    Send an `Idempotency-Key`, so that a repeated request does not become a second campaign.
    """
    return idempotent.run(
        data,
        CampaignItem,
        lambda: campaigns.send(session, caller, data, as_of=as_of, now=now, settings=settings),
        status=202,
    )


@router.get("", summary="Campaigns, newest first")
def list_campaigns(session: SessionDep, caller: Reader, page: PageDep) -> Page[CampaignItem]:
    return campaigns.list_page(session, caller, page)


@router.get(
    "/{campaign_id}",
    summary="What became of a campaign, and who came back",
    responses=describe(CampaignNotFound),
)
def read_campaign(session: SessionDep, caller: Reader, campaign_id: Id) -> CampaignItem:
    return campaigns.read(session, caller, campaign_id)


@router.get(
    "/{campaign_id}/messages",
    summary="The mails of a campaign",
    responses=describe(CampaignNotFound),
)
def list_messages(
    session: SessionDep,
    caller: Reader,
    campaign_id: Id,
    page: PageDep,
    state: NotificationState | None = None,
) -> Page[MessageItem]:
    return campaigns.list_messages(session, caller, campaign_id, page, state=state)


@router.post(
    "/{campaign_id}/retry",
    status_code=202,
    summary="Try failed mails again",
    responses=describe(CampaignNotFound, MessagesNotFound, EmailNotConfigured, AddressNotConfirmed),
)
def retry_campaign(
    session: SessionDep,
    caller: Sender,
    as_of: AsOfDep,
    now: NowDep,
    settings: SettingsDep,
    campaign_id: Id,
    data: Annotated[RetryRequest, Body(default_factory=RetryRequest)],
) -> CampaignItem:
    """Only failed ones, and only to members who may still get mail. Others are left as they are."""
    return campaigns.retry(
        session,
        caller,
        campaign_id,
        data.message_ids,
        as_of=as_of,
        now=now,
        settings=settings,
    )
