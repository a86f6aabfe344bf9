"""Campaigns, and what they are written from."""

from typing import Any, cast

from frontend.kit.api_types import (
    CampaignOut,
    MergeFieldOut,
    MessageOut,
    Page,
    Preview,
    TemplateOut,
)
from frontend.kit.client import Params
from frontend.kit.session import api


def list_templates() -> list[TemplateOut]:
    return cast(list[TemplateOut], api.get("/campaigns/templates"))


def list_merge_fields() -> list[MergeFieldOut]:
    return cast(list[MergeFieldOut], api.get("/campaigns/merge-fields"))


def preview(mail: Params) -> Preview:
    return cast(Preview, api.send("POST", "/campaigns/preview", json=mail))


def send(mail: Params, *, key: str) -> CampaignOut:
    headers = {"Idempotency-Key": key}
    return cast(CampaignOut, api.send("POST", "/campaigns", json=mail, headers=headers))


def page(page: int, size: int) -> Page[CampaignOut]:
    return cast(Page[CampaignOut], api.get("/campaigns", page=page, size=size))


def read(campaign_id: int) -> CampaignOut:
    """Always fresh: this is what progress is read from."""
    return cast(CampaignOut, api.send("GET", f"/campaigns/{campaign_id}"))


def page_messages(campaign_id: int, **query: Any) -> Page[MessageOut]:
    path = f"/campaigns/{campaign_id}/messages"
    return cast(Page[MessageOut], api.send("GET", path, params=query))


def retry(campaign_id: int) -> CampaignOut:
    return cast(CampaignOut, api.send("POST", f"/campaigns/{campaign_id}/retry", json={}))
