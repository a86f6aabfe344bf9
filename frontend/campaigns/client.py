"""Campaigns, and what they are written from."""

from typing import Any, cast

from frontend.kit.api_types import (
    CampaignItem,
    MergeFieldItem,
    MessageItem,
    Page,
    Preview,
    TemplateItem,
)
from frontend.kit.client import Params
from frontend.kit.session import api


def list_templates() -> list[TemplateItem]:
    return cast(list[TemplateItem], api.get("/campaigns/templates"))


def list_merge_fields() -> list[MergeFieldItem]:
    return cast(list[MergeFieldItem], api.get("/campaigns/merge-fields"))


def preview(mail: Params) -> Preview:
    return cast(Preview, api.send("POST", "/campaigns/preview", json=mail))


def send(mail: Params, *, key: str) -> CampaignItem:
    headers = {"Idempotency-Key": key}
    return cast(CampaignItem, api.send("POST", "/campaigns", json=mail, headers=headers))


def page(page: int, size: int) -> Page[CampaignItem]:
    return cast(Page[CampaignItem], api.get("/campaigns", page=page, size=size))


def read(campaign_id: int) -> CampaignItem:
    """Always fresh: this is what progress is read from."""
    return cast(CampaignItem, api.send("GET", f"/campaigns/{campaign_id}"))


def page_messages(campaign_id: int, **query: Any) -> Page[MessageItem]:
    path = f"/campaigns/{campaign_id}/messages"
    return cast(Page[MessageItem], api.send("GET", path, params=query))


def retry(campaign_id: int) -> CampaignItem:
    return cast(CampaignItem, api.send("POST", f"/campaigns/{campaign_id}/retry", json={}))
