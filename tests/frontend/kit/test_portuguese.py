"""Every page in Portuguese: nothing of the catalogue is shown in English, and nothing is said that
the catalogue does not have."""

import json
from collections.abc import Iterator
from string import Formatter
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from starlette.requests import Request
from starlette.responses import Response
from streamlit.testing.v1 import AppTest

from frontend.kit import i18n
from tests.contract import translations
from tests.frontend.conftest import PAGES, OpenPage
from tests.frontend.fake_api import FakeApi

SHORTEST = 12
"""Characters of a part of a sentence by which it is known inside a longer text."""
ROLES = {"gyms": "super_admin", "my_membership": "member"}
"""Who sees a page that an owner does not."""
QUERY = {
    "member": {"id": "4"},
    "campaign": {"id": "1"},
    "equipment_item": {"id": "1"},
    "teammate": {"id": "2"},
    "location": {"id": "1"},
}
NAMES = {"field", "id", "groupId", "iconPosition"}
"""Of elements and charts: not read by people."""


def list_strings(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for name, part in value.items():
                if name not in NAMES:
                    yield from list_strings(part)
        case list() | tuple():
            for part in value:
                yield from list_strings(part)
        case str() if value[:1] in "{[":
            try:
                yield from list_strings(json.loads(value))
            except ValueError:
                yield value
        case str():
            yield value


def list_shown(app: AppTest) -> set[str]:
    """Every string of the page's elements, those of charts and columns among them."""
    shown = set()
    for block in (app.main, app.sidebar):
        for element in block:
            if element.proto is not None and element.type != "arrow_data_frame":
                shown |= set(list_strings(MessageToDict(element.proto)))
    for table in app.dataframe:
        shown |= set(list_strings(json.loads(table.proto.columns)))
        shown |= {str(cell) for cell in table.value.to_numpy().ravel()}
    return {text.strip(" *#:") for text in shown if text.strip()}


def list_english() -> tuple[set[str], set[str]]:
    """Whole sentences that are another in Portuguese, and longer parts of such sentences."""
    whole, parts = set(), set()
    for message in translations.read():
        if not message.id:
            continue
        forms = [message.id] if isinstance(message.id, str) else list(message.id)
        said = [message.string] if isinstance(message.string, str) else list(message.string)
        for english, portuguese in zip(forms, said, strict=True):
            if english == portuguese:
                continue
            whole.add(english.strip(" *#:"))
            pieces = [piece.strip() for piece, *_ in Formatter().parse(english)]
            parts |= {piece for piece in pieces if len(piece) >= SHORTEST and " " in piece}
    return whole, parts


@pytest.fixture
def answered(signed_in: FakeApi, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the API of the tests says, which is English whatever it is asked in."""
    strings: set[str] = set()
    answer = FakeApi.answer

    def listen(api: FakeApi, request: Request, path: str, body: Any) -> Response:
        response = answer(api, request, path, body)
        if "json" in response.headers["content-type"]:
            strings.update(list_strings(json.loads(bytes(response.body))))
        return response

    monkeypatch.setattr(FakeApi, "answer", listen)
    return strings


@pytest.fixture
def unknown(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Sentences that the dashboard asked for and the catalogue does not have."""
    asked: set[str] = set()
    known = {
        form
        for message in translations.read()
        for form in ([message.id] if isinstance(message.id, str) else message.id)
    }
    read = i18n._read_messages

    class Listening:
        def __init__(self, language: str) -> None:
            self.messages = read(language)

        def gettext(self, text: str) -> str:
            asked.update({text} - known)
            return self.messages.gettext(text)

        def ngettext(self, one: str, many: str, number: int) -> str:
            asked.update({one, many} - known)
            return self.messages.ngettext(one, many, number)

    monkeypatch.setattr(i18n, "_read_messages", Listening)
    return asked


@pytest.mark.parametrize("name", sorted(PAGES.keys() - {"__init__"}))
def test_a_page_is_portuguese_throughout(
    signed_in: FakeApi,
    open_page: OpenPage,
    answered: set[str],
    unknown: set[str],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    signed_in.gym.language = "pt-BR"
    signed_in.gym.role = ROLES.get(name, "owner")
    if signed_in.gym.role == "super_admin":  # of no gym, so it is the browser's language
        monkeypatch.setattr(i18n, "choose_language", lambda *_wishes: "pt-BR")
    app = open_page(name, **QUERY.get(name, {}))
    shown = list_shown(app)
    assert "Conta" in shown
    whole, parts = list_english()
    english = {
        text
        for text in shown
        if text not in answered
        and (text in whole or any(part in text for part in parts))
        and not any(text in said or said in text for said in answered if len(said) >= SHORTEST)
    }
    assert {"english": english, "unknown": unknown} == {"english": set(), "unknown": set()}
