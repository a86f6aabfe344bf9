"""The desk says that a membership is not paid for, and that it is."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.members.test_members import asked


def test_not_paid_is_said_shown_and_taken_back(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.memberships = [
        {
            "membership_id": 1, "member_id": 4, "plan_id": 1, "plan_name": "Monthly",
            "state": "active", "starts_on": "2026-01-05", "ends_on": None,
            "paid_until": "2026-12-19", "renews_automatically": True, "yearly_price": 348.0,
            "cancelled_on": None, "leaving_reason": None, "cancel_reason": None,
            "unpaid_since": None,
        }
    ]  # fmt: skip
    app = open_page("member", id="4", tab="Memberships")
    app.date_input(key="unpaid_since_1").set_value("2026-02-01")
    app.text_input(key="unpaid_why_1").set_value("Card declined")
    next(button for button in app.button if button.label == "Save").click().run()
    assert asked(signed_in, "POST", "/memberships/1/unpaid") == [
        {"unpaid_since": "2026-02-01", "reason": "Card declined"}
    ]
    assert "Not paid since" in words(app)
    app.button(key="paid_1").click().run()
    assert signed_in.gym.memberships[0]["unpaid_since"] is None
    assert "Not paid since" not in words(app)
