"""The owner takes everything away from one page, which nobody else is offered."""

from frontend.gym_archives import client
from frontend.kit import session
from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi


def test_the_owner_is_told_what_is_in_it(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("export")
    assert app.title[0].value == "Export"
    [button] = app.get("download_button")
    assert button.proto.label == "Download everything"
    assert "Medical notes are in it as plain text" in words(app)


def test_nothing_is_made_before_it_is_asked_for(open_page: OpenPage, signed_in: FakeApi) -> None:
    open_page("export")
    assert not any(path.endswith("/export") for _, path, _ in signed_in.requests)
    assert client.read_archive(api=session.for_later()) == b"PK"
