"""Import, settings, password."""

import pytest
from streamlit.testing.v1 import AppTest

from frontend.imports.steps import EXAMPLES, FIELDS
from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import PASSWORD, FakeApi

MEMBERS = b"number,full,mail\n1,Ana,ana@example.com\n2,Rui,broken\n3,Eva,eva@example.com\n"


def bodies(api: FakeApi, path: str) -> list[dict[str, object]]:
    return [body for method, asked, body in api.requests if method != "GET" and asked == path]


def upload(app: AppTest, content: bytes = MEMBERS) -> AppTest:
    app.file_uploader[0].upload("members.csv", content)
    return app.run()


def test_nothing_is_imported_before_the_owner_has_looked(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = upload(open_page("imports"))
    assert not app.exception
    assert {body["dry_run"] for body in bodies(signed_in, "/imports")} == {"true"}
    assert "**2 rows are ready**" in words(app)
    assert "1 row has a problem" in words(app)
    assert app.dataframe[0].value["problem"][0] == "Not an email address."


def test_columns_are_guessed_and_can_be_chosen(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = upload(open_page("imports"))
    chooser = {box.label: box for box in app.selectbox}
    assert chooser["Member number"].value == "number"
    assert chooser["Name"].value is None
    chooser["Name"].select("full").run()
    assert bodies(signed_in, "/imports")[-1]["mapping"] == '{"name": "full", "number": "number"}'


def test_a_file_with_unusual_headers_is_read_by_hand(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = upload(open_page("imports"), b"nr,wer\n1,Ana\n")
    assert "No column known." in words(app)
    next(box for box in app.selectbox if box.label == "Member number").select("nr").run()
    assert "**1 row is ready**" in words(app)
    assert bodies(signed_in, "/imports")[-1]["mapping"] == '{"number": "nr"}'


def test_without_confirmation_no_lawful_basis_is_claimed(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = upload(open_page("imports"))
    app.button(key="import_now").click().run()
    assert signed_in.gym.import_consents == [""]
    assert "2 rows of members imported" in words(app)


def test_a_confirmed_lawful_basis_is_sent_with_the_batch(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = upload(open_page("imports"))
    app.checkbox(key="import_basis").check().run()
    app.text_input(key="import_basis_text").set_value("On the contract").run()
    app.button(key="import_now").click().run()
    assert signed_in.gym.import_consents == ["On the contract"]


def test_the_bad_rows_can_be_downloaded(open_page: OpenPage) -> None:
    app = upload(open_page("imports"))
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["Download an example", "Download the bad rows"]


def test_the_profile_says_why_send_is_disabled(open_page: OpenPage, signed_in: FakeApi) -> None:
    assert "Mail can be sent." in words(open_page("settings", tab="Messages"))
    signed_in.gym.email_problem = "SMTP_HOST is not set."
    shown = words(open_page("settings", tab="Messages"))
    assert "Send is disabled." in shown
    assert "SMTP_HOST is not set." in shown


def test_the_profile_asks_for_the_link_in_the_mail_and_sends_it_again(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    assert "Confirm your email address" not in words(open_page("settings"))
    signed_in.gym.is_confirmed = False
    app = open_page("settings")
    assert "Confirm your email address" in words(app)
    assert "SMTP_HOST" not in words(app)
    app.button(key="mail_link").click().run()
    assert signed_in.gym.links_mailed == 1


def test_the_profile_says_where_replies_go_while_another_address_waits_for_its_link(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.reply_to_confirmed = False
    shown = words(open_page("settings", tab="Messages"))
    assert "Replies go to **ana@example.com**" in shown
    assert "They go to hello@iron.example.com once that is confirmed" in shown


def test_the_profile_sends_only_what_was_changed(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("settings")
    app.text_input(key="gym_name").set_value("Iron Two")
    next(b for b in app.button if b.label == "Save").click().run()
    assert bodies(signed_in, "/organizations/me") == [{"name": "Iron Two"}]
    assert any("Iron Two" in m.value for m in app.sidebar.markdown)


def test_reminders_are_off_until_somebody_switches_them_on(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("settings", tab="Messages")
    assert not app.checkbox(key="gym_sends_payment_reminders").value
    app.checkbox(key="gym_sends_payment_reminders").check()
    next(b for b in app.button if b.label == "Save").click().run()
    assert bodies(signed_in, "/organizations/me") == [{"sends_payment_reminders": True}]
    assert open_page("settings", tab="Messages").checkbox(key="gym_sends_payment_reminders").value


@pytest.mark.parametrize(
    ("sms_problem", "email_problem", "said"),
    [
        (None, None, None),
        ("SMS_PROVIDER is empty.", None, "SMS_PROVIDER is empty. Reminders go by email only."),
        ("SMS_PROVIDER is empty.", "SMTP_HOST is not set.", "SMS_PROVIDER is empty."),
    ],
    ids=["both", "mail only", "neither"],
)
def test_the_profile_says_by_which_way_reminders_go(
    open_page: OpenPage,
    signed_in: FakeApi,
    sms_problem: str | None,
    email_problem: str | None,
    said: str | None,
) -> None:
    signed_in.gym.sms_problem, signed_in.gym.email_problem = sms_problem, email_problem
    about = [
        c.value.replace("\\", "")
        for c in open_page("settings", tab="Messages").caption
        if "SMS" in c.value
    ]
    assert about == ([] if said is None else [said])


def test_a_time_zone_that_is_still_to_come_is_said(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.pending_timezone = "Asia/Tokyo"
    assert "Changes to Asia/Tokyo once" in words(open_page("settings"))


def change_password(app: AppTest, current: str, new: str, again: str) -> AppTest:
    for key, value in (("current", current), ("new", new), ("again", again)):
        app.text_input(key=key).set_value(value)
    return next(b for b in app.button if b.label == "Change password").click().run()


def test_a_new_password_is_checked_before_it_is_sent(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("security")
    assert "at least 12" in words(change_password(app, PASSWORD, "short", "short"))
    shown = words(change_password(app, PASSWORD, "quiet-river-1", "quiet-river-2"))
    assert "The two new passwords differ." in shown
    assert not bodies(signed_in, "/auth/password")


def test_a_wrong_current_password_is_said(open_page: OpenPage) -> None:
    app = change_password(open_page("security"), "nonsense", "quiet-river-1", "quiet-river-1")
    assert "The current password is not right." in words(app)


def test_a_changed_password_is_confirmed(open_page: OpenPage) -> None:
    app = change_password(open_page("security"), PASSWORD, "quiet-river-1", "quiet-river-1")
    assert "Your password is changed." in words(app)


@pytest.mark.parametrize("kind", ["members", "visits"])
def test_the_example_is_a_file_whose_columns_are_the_fields_asked_for(kind: str) -> None:
    header, *rows = EXAMPLES[kind].splitlines()
    assert set(header.split(",")) <= set(FIELDS[kind])
    assert all(len(row.split(",")) == len(header.split(",")) for row in rows)


def test_the_desk_is_told_to_refuse(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("settings", tab="Desk and access")
    assert not app.checkbox(key="gym_enforces_access").value
    app.checkbox(key="gym_enforces_access").check()
    next(b for b in app.button if b.label == "Save").click().run()
    assert bodies(signed_in, "/organizations/me") == [{"enforces_access": True}]


def test_how_long_who_has_not_paid_may_enter_is_set(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("settings", tab="Desk and access")
    assert app.number_input(key="gym_debt_grace_days").value == 7
    app.number_input(key="gym_debt_grace_days").set_value(0)
    app.button(key="save_desk").click().run()
    assert bodies(signed_in, "/organizations/me") == [{"debt_grace_days": 0}]
