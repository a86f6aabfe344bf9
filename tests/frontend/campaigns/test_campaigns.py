"""Mails that were sent: the list, and one campaign."""

import pytest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.fake_gym import NOW


@pytest.fixture
def sent(signed_in: FakeApi) -> FakeApi:
    """A campaign to five members: three sent, of whom one came back, and two failed."""
    states = ["sent", "sent", "sent", "failed", "failed"]
    signed_in.gym.campaigns.append(
        {
            "campaign_id": 1,
            "name": "We miss you",
            "subject": "Hello {{first_name}}",
            "body": "Come back",
            "state": "done",
            "created_at": NOW,
            "sent": 3,
            "failed": 2,
            "queued": 0,
            "skipped": {"no_address": 1},
            "came_back": 1,
            "came_back_value": 348.0,
            "currency": "EUR",
        }
    )
    signed_in.gym.messages[1] = [
        {
            "message_id": n,
            "member_id": n,
            "name": f"Member {n}",
            "to": f"member{n}@example.com",
            "state": state,
            "sent_at": NOW if state == "sent" else None,
            "error": None if state == "sent" else "Mailbox unavailable (550)",
            "attempts": 1,
            "came_back_at": None,
        }
        for n, state in enumerate(states, 1)
    ]
    return signed_in


def test_before_the_first_mail_there_is_a_way_to_write_one(open_page: OpenPage) -> None:
    app = open_page("campaigns")
    assert "No email sent yet" in words(app)
    assert not app.metric


def test_each_campaign_says_what_it_brought(sent: FakeApi, open_page: OpenPage) -> None:
    shown = words(open_page("campaigns"))
    assert "**We miss you**" in shown
    assert "3 sent · **1 came back**, worth €348 a year · :red[2 failed] · 1 left out" in shown


def test_failed_mails_say_why_and_can_be_tried_again(sent: FakeApi, open_page: OpenPage) -> None:
    app = open_page("campaign", id="1")
    assert "2 emails could not be delivered." in words(app)
    assert "Mailbox unavailable (550)" in list(app.dataframe[0].value["error"])
    app.button(key="campaign_retry").click().run()
    app.run()
    assert "could not be delivered" not in words(app)
    assert {m["state"] for m in sent.gym.messages[1]} == {"sent"}


def test_mails_are_filtered_by_state(sent: FakeApi, open_page: OpenPage) -> None:
    app = open_page("campaign", id="1")
    app.session_state["messages_state"] = "failed"
    app.run()
    assert len(app.dataframe[0].value) == 2


def test_progress_is_shown_while_mails_go_out(sent: FakeApi, open_page: OpenPage) -> None:
    for message in sent.gym.messages[1]:
        message["state"] = "queued"
    app = open_page("campaign", id="1")
    assert app.progress[0].text.startswith("Sending: ")
    app.run()
    app.run()
    assert not app.progress


def test_a_result_with_failures_does_not_look_like_success(
    sent: FakeApi, open_page: OpenPage
) -> None:
    app = open_page("at_risk")
    app.session_state["campaign_under_way"] = 1
    app.run()
    assert "**3 emails sent** · :red[2 could not be delivered]" in words(app)
    app.button(key="result_retry").click().run()
    assert not app.exception
