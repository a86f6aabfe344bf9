"""Visits in bulk: sent once, watched until done, and the refused rows to be had."""

from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi

VISITS = b"number,check_in\n1,2026-11-19 18:00\n2,broken\n3,2026-11-19 18:05\n"


def load(open_page: OpenPage, content: bytes = VISITS) -> AppTest:
    app = open_page("imports")
    next(c for c in app.segmented_control if c.key == "import_kind").set_value("bulk").run()
    app.file_uploader[0].upload("door.csv", content)
    app.run()
    return app.button(key="bulk_now").click().run()


def test_a_file_is_watched_until_its_visits_are_loaded(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = load(open_page)
    assert "You can leave this page" in words(app)
    app.run()
    shown = words(app)
    assert "2 visits loaded" in shown
    assert "1 row has a problem" in shown
    assert [b.proto.label for b in app.get("download_button")] == ["Download the bad rows"]
    app.button(key="bulk_job_done").click().run()
    assert app.file_uploader


def test_a_repeat_after_trouble_is_known_as_one(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.broken_paths = ("/check-ins/bulk",)
    app = load(open_page)
    first = app.session_state["bulk_key"]
    signed_in.broken_paths = ()
    app.button(key="bulk_now").click().run()
    assert list(signed_in.gym.sent_keys) == [first[1]]


def test_a_job_that_failed_says_why(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = load(open_page)
    why = "The file has no column check_in."
    signed_in.gym.jobs[0] |= {"state": "failed", "error": why}
    signed_in.gym.next_states = []
    app.run()
    assert why in words(app)
