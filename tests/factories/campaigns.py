"""Campaigns as the API makes them: written and sent by its own routes."""

from typing import Any

from db.models import Member
from tests.fixtures.api import ApiClient

URL = "/api/v1/campaigns"
TEXT = {"subject": "We miss you at {{gym}}", "body": "Hi {{first_name}},\n\nsee you?\n\n{{gym}}"}


def send_mail(caller: ApiClient, *members: Member, key: str | None = None, **over: Any) -> Any:
    """The answer to a POST for these members; a `filter` among `over` takes their place."""
    chosen = {} if "filter" in over else {"member_ids": [member.member_id for member in members]}
    headers = {} if key is None else {"Idempotency-Key": key}
    return caller.post(URL, json={**chosen, **TEXT, **over}, headers=headers)


def read_campaign(caller: ApiClient, campaign: dict[str, Any]) -> Any:
    return caller.get(f"{URL}/{campaign['campaign_id']}").json()


def read_messages(caller: ApiClient, campaign: dict[str, Any], **query: Any) -> Any:
    answer = caller.get(f"{URL}/{campaign['campaign_id']}/messages", params=query)
    return answer.json()["items"]
