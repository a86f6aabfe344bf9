"""What is wrong with a value is said in words of the person who typed it, on every route."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from pydantic_core._pydantic_core import list_all_errors

from api.kit.validation_messages import PATTERNS, UNKNOWN, describe_mistake
from tests.fixtures.api import ApiClient

PROGRAMMERS_WORDS = re.compile(
    r"String should|Value should|Input should|List should|should have|should be|Value error"
    r"|after validation|valid (?:string|integer|dictionary|list)|unable to|Field required"
    r"|Extra inputs|@-sign|\\|\^|\[A-Z|\$|\{|None|NUL|<class|datetime\."
)
WRONG = (
    None, True, 0, -1, 1.5, 10**30, float("1e300"), "", " ", "a", "é ü", "x" * 3000, "2026-13-45",
    "0001-01-01", "9999-12-31", "nobody", "a@b", "\u0000", [], [None], {}, {"x": 1},
)  # fmt: skip


def is_in_words(message: str) -> bool:
    return bool(message.strip()) and not PROGRAMMERS_WORDS.search(message)


@pytest.mark.parametrize("known", list_all_errors(), ids=lambda known: str(known["type"]))
def test_every_error_that_pydantic_knows_has_words_of_ours(known: dict[str, Any]) -> None:
    context = known["example_context"] or {}
    for value in ("typed", 7, None, []):
        said = str(
            describe_mistake(
                {
                    "type": known["type"],
                    "ctx": context,
                    "input": value,
                    "msg": known["message_template_python"],
                }
            )
        )
        assert is_in_words(said), said
        assert said.endswith(".")


def test_a_value_that_nobody_foresaw_is_refused_without_a_programmers_words() -> None:
    mistake = {"type": "made_up", "loc": ("body",), "msg": "Input should be {x}", "input": 1}
    assert str(describe_mistake(mistake)) == UNKNOWN


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("username", "Maja Søndergård", "Use letters from A to Z without accents"),
        ("username", "ab", "Use at least 3 characters."),
        ("name", "", "This must not be empty."),
        ("name", "x" * 300, "Use at most 200 characters."),
        ("email", "maja", "This is not an email address. Write it like anna@example.com."),
        ("email", "maja@", "This is not an email address. Write it like anna@example.com."),
        ("password", "short", "Use 12 to 128 characters."),
        ("timezone", "Mars/Base", "This is not a time zone"),
        ("currency", "XAU", "This is not a currency code of ISO 4217"),
        ("currency", "EURO", "Use at most 3 characters."),
        ("surname", "x", "There is no such field here."),
    ],
)
def test_who_signs_up_is_told_what_to_type(
    client: ApiClient, field: str, value: str, said: str
) -> None:
    body = {
        "name": "Iron", "username": "maja", "email": "maja@example.com",
        "password": "quiet-river-at-dawn", field: value,
    }  # fmt: skip
    answer = client.post("/api/v1/auth/register", json=body)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert error["message"].startswith(said)


def schema_of(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def fill(schema: dict[str, Any], document: dict[str, Any], value: object) -> object:
    """An object of this shape with this value in every field, however deep."""
    schema = schema_of(schema, document)
    for choice in [schema, *schema.get("anyOf", [])]:
        shape = schema_of(choice, document)
        if "properties" in shape:
            return {name: fill(part, document, value) for name, part in shape["properties"].items()}
        if "properties" in schema_of(shape.get("items", {}), document):
            return [fill(shape["items"], document, value)]
    return value


def wrong_bodies(schema: dict[str, Any], document: dict[str, Any]) -> Iterator[object]:
    yield from ([], "text", 7, {}, {"no_such_field": 1})
    names = schema_of(schema, document).get("properties", {})
    for value in WRONG:
        flat, deep = dict.fromkeys(names, value), fill(schema, document, value)
        yield flat
        if deep != flat:
            yield deep


def find_bodies(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                yield method, path, content["application/json"]["schema"]


def test_no_route_answers_a_wrong_value_in_a_programmers_words(
    api_app: FastAPI, owner: ApiClient
) -> None:
    said: dict[str, str] = {}
    for method, path, schema in find_bodies(api_app):
        if "/auth/" in path:
            continue  # they count attempts; their fields are tried above
        where = re.sub(r"\{\w+\}", "1", path)
        for body in wrong_bodies(schema, api_app.openapi()):
            answer = owner.http.request(
                method.upper(),
                where,
                content=json.dumps(body),
                headers={
                    "Authorization": f"Bearer {owner.token}",
                    "Content-Type": "application/json",
                },
            )
            for error in answer.json().get("errors", []) if answer.status_code == 422 else []:
                said.setdefault(error["message"], f"{method} {path} {error['field']}")
    assert len(said) > 10
    assert {words: place for words, place in said.items() if not is_in_words(words)} == {}
    assert {place for place in said.values() if "[" in place} == set()


def test_no_address_is_answered_in_a_programmers_words(api_app: FastAPI, owner: ApiClient) -> None:
    said: dict[str, str] = {}
    for path, methods in api_app.openapi()["paths"].items():
        for parameter in methods.get("get", {}).get("parameters", []):
            for value in ("", "x", "-1", "1.5", "9" * 30, "x" * 3000, "2026-13-45", "true"):
                where = re.sub(
                    r"\{\w+\}", value if parameter["in"] == "path" and value else "1", path
                )
                query = {parameter["name"]: value} if parameter["in"] == "query" else {}
                answer = owner.get(where, params=query)
                for error in answer.json().get("errors", []) if answer.status_code == 422 else []:
                    said.setdefault(error["message"], f"{path} {error['field']}")
    assert len(said) > 3
    assert {words: place for words, place in said.items() if not is_in_words(words)} == {}


def test_every_pattern_of_a_text_field_has_its_words(api_app: FastAPI) -> None:
    patterns = set(re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', json.dumps(api_app.openapi())))
    texts = {json.loads(f'"{pattern}"') for pattern in patterns}
    # Amounts and keys of requests have patterns of their own, which no person types.
    assert {pattern for pattern in texts if "[A-Za-z" in pattern} <= set(PATTERNS)
