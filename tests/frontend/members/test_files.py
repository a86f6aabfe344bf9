"""The photo and the documents of a member."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.fake_members import PNG
from tests.frontend.members.test_members import asked, press


def test_a_photo_is_sent_shown_and_deleted(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("member", id="4")
    assert not asked(signed_in, "GET", "/members/4/photo")
    app.file_uploader(key="photo_file").set_value(("me.png", PNG, "image/png"))
    press(app, "Save the photo")
    assert signed_in.gym.members[4]["has_photo"]
    assert asked(signed_in, "GET", "/members/4/photo")
    press(app, "Delete the photo")
    assert not signed_in.gym.members[4]["has_photo"]


def test_a_document_is_added_and_deleted(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("member", id="4", tab="Documents")
    assert "No documents yet" in words(app)
    app.file_uploader(key="document_file").set_value(("contract.pdf", b"%PDF-", "application/pdf"))
    press(app, "Add the document")
    assert "contract.pdf" in words(app)
    assert "Ana Owner · " in words(app)
    app.button(key="delete_1").click().run()
    assert asked(signed_in, "DELETE", "/members/4/documents/1")
    assert "No documents yet" in words(app)


def test_trainers_see_no_documents(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.role = "trainer"
    app = open_page("member", id="4")
    assert "Documents" not in [tab.label for tab in app.tabs]
