"""What the person who writes sees before pressing Send."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI

from api.deps import get_settings
from api.settings import Settings
from db.models import Gym, Member
from tests.factories.campaigns import TEXT, URL, read_messages, send_mail
from tests.fixtures.api import ApiClient

AddMember = Callable[..., Member]


def preview(caller: ApiClient, *members: Member, **over: Any) -> Any:
    ids = [member.member_id for member in members]
    answer = caller.post(f"{URL}/preview", json={"member_ids": ids, **TEXT, **over})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_preview_shows_the_mail_as_the_member_will_get_it(
    owner: ApiClient, gym: Gym, add_member: AddMember
) -> None:
    member = add_member(name="Paula Dias")
    shown = preview(owner, member)["previews"]
    assert shown == [
        {
            "member_id": member.member_id,
            "name": "Paula Dias",
            "to": member.email,
            "subject": f"We miss you at {gym.name}",
            "body": f"Hi Paula,\n\nsee you?\n\n{gym.name}",
        }
    ]


def test_the_preview_counts_as_sending_does(owner: ApiClient, add_member: AddMember) -> None:
    members = [add_member(), add_member(email=None), add_member(email_consent="unsubscribed")]
    shown = preview(owner, *members)
    sent = send_mail(owner, *members).json()
    assert (shown["total"], shown["will_send"]) == (3, sent["queued"])
    assert shown["skipped"] == sent["skipped"]
    after = preview(owner, *members)
    assert (after["will_send"], after["skipped"]["mailed_this_week"]) == (0, 1)


def test_the_preview_sends_nothing(owner: ApiClient, add_member: AddMember) -> None:
    preview(owner, add_member())
    assert owner.get(URL).json()["total"] == 0


def test_an_unfinished_text_is_previewed_with_its_problems(
    owner: ApiClient, add_member: AddMember
) -> None:
    shown = preview(owner, add_member(), subject="", body="Hi {{first_name")
    assert [problem["code"] for problem in shown["problems"]] == ["empty_subject", "broken_field"]
    assert shown["previews"][0]["body"] == "Hi {{first_name"


def test_previews_come_in_pages_in_the_order_chosen(
    owner: ApiClient, add_member: AddMember
) -> None:
    members = [add_member() for _ in range(12)][::-1]
    first, second = preview(owner, *members), preview(owner, *members, page=2)
    shown = [item["member_id"] for item in first["previews"] + second["previews"]]
    assert shown == [member.member_id for member in members]
    assert (len(first["previews"]), len(second["previews"])) == (10, 2)


def test_members_whom_the_gym_does_not_have_are_counted_and_not_shown(
    owner: ApiClient, other_gym: Gym, add_member: AddMember
) -> None:
    foreign = add_member(gym=other_gym)
    shown = preview(owner, foreign)
    assert (shown["will_send"], shown["skipped"]["not_member"]) == (0, 1)
    assert foreign.email not in str(shown)


def test_without_mail_settings_the_preview_works_and_says_why_nothing_can_be_sent(
    owner: ApiClient, api_app: FastAPI, api_settings: Settings, add_member: AddMember
) -> None:
    assert preview(owner, add_member())["email_problem"] is None
    silent = api_settings.model_copy(update={"smtp_from": "nobody"})
    api_app.dependency_overrides[get_settings] = lambda: silent
    assert "SMTP_FROM" in preview(owner, add_member())["email_problem"]


def test_templates_and_fields_are_listed(owner: ApiClient, add_member: AddMember) -> None:
    templates = owner.get(f"{URL}/templates").json()
    fields = owner.get(f"{URL}/merge-fields").json()
    assert len(templates) >= 3
    numbered = add_member(name="4711", number="4711")
    assert "{{first_name}}" in [field["field"] for field in fields]
    for template in templates:
        text = {"subject": template["subject"], "body": template["body"]}
        assert preview(owner, numbered, **text)["problems"] == []


def test_what_was_previewed_is_what_is_stored(owner: ApiClient, add_member: AddMember) -> None:
    member = add_member()
    shown = preview(owner, member)["previews"][0]
    [message] = read_messages(owner, send_mail(owner, member).json())
    assert (message["to"], message["name"]) == (shown["to"], shown["name"])
