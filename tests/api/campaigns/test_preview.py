"""What the person who writes sees before pressing Send."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from api.kit.deps import get_settings
from api.kit.settings import Settings
from db.models import Gym, Member
from tests.factories.campaigns import TEXT, URL, read_messages, send_mail
from tests.factories.members import create_visits
from tests.fixtures.api import NOON, ApiClient, Clock

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


@pytest.fixture
def veteran(gym: Gym, add_member: AddMember, in_gym: Any) -> Member:
    """The last of an imported history: came in June 2024, and nobody since."""
    member = add_member(join_date=date(2024, 1, 1))
    with in_gym(gym.gym_id) as session:
        create_visits(session, gym=gym, member=member, at=[datetime(2024, 6, 8, 12, tzinfo=UTC)])
    return member


def test_of_an_imported_history_days_are_counted_to_today_and_it_is_said(
    owner: ApiClient, veteran: Member
) -> None:
    shown = preview(owner, veteran, body="{{days_away}} days since {{last_visit}}")
    assert shown["as_of_is_live"] is False
    assert shown["as_of"].startswith("2024-06-08T23:59:59")
    away = (NOON.date() - date(2024, 6, 8)).days
    assert shown["previews"][0]["body"] == f"{away} days since 8 June 2024"
    assert "8 June 2024" in shown["notes"][0]
    assert "{{days_away}}" in shown["notes"][1]
    assert len(preview(owner, veteran)["notes"]) == 1, "only where the text says days"


def test_a_gym_of_today_needs_no_note(owner: ApiClient, add_member: AddMember) -> None:
    shown = preview(owner, add_member())
    assert (shown["as_of_is_live"], shown["notes"]) == (True, [])


def test_mails_are_counted_by_the_clock_also_after_an_imported_history(
    owner: ApiClient,
    gym: Gym,
    clock: Clock,
    veteran: Member,
    in_gym: Any,
    empty_outbox: None,
    send_queued: Any,
) -> None:
    def figures() -> tuple[int, int]:
        overview = owner.get("/api/v1/analytics/overview").json()
        return overview["mailed_30_days"], overview["came_back_30_days"]

    send_mail(owner, veteran)
    send_queued()
    assert figures() == (1, 0)
    clock.advance(days=2)
    with in_gym(gym.gym_id) as session:
        create_visits(session, gym=gym, member=veteran, at=[clock.now - timedelta(hours=1)])
    [campaign] = owner.get(URL).json()["items"]
    assert figures() == (campaign["sent"], campaign["came_back"]) == (1, 1)
    clock.advance(days=29)
    assert figures() == (0, 0)
