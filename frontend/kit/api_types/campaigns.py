"""Mails: texts to start from, how they would look, and what became of them."""

from typing import TypedDict


class Template(TypedDict):
    key: str
    name: str
    subject: str
    body: str


class MergeField(TypedDict):
    field: str
    description: str
    example: str


class Problem(TypedDict):
    code: str
    text: str


class MailPreview(TypedDict):
    member_id: int
    name: str | None
    to: str | None
    subject: str
    body: str


class CampaignPreview(TypedDict):
    total: int
    will_send: int
    skipped: dict[str, int]
    problems: list[Problem]
    previews: list[MailPreview]
    daily_limit: int | None
    left_today: int | None
    notes: list[str]
    email_problem: str | None


class Campaign(TypedDict):
    campaign_id: int
    name: str | None
    subject: str
    body: str
    state: str
    created_at: str
    sent: int
    failed: int
    queued: int
    skipped: dict[str, int]
    came_back: int
    came_back_value: float | None


class CampaignMessage(TypedDict):
    message_id: int
    member_id: int
    name: str | None
    to: str | None
    state: str
    sent_at: str | None
    error: str | None
    attempts: int
    came_back_at: str | None
