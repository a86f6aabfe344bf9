"""Every field of every request, out of the OpenAPI: bounded, of its own kind, and cheap to refuse.

A field that is added is tried from the day on which it is added.
"""

import copy
import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest

from db.models import Role
from tests.fixtures.routes import find_operation

JSON = {"Content-Type": "application/json"}
METHODS = ("get", "post", "put", "patch", "delete")
LONGEST_ANSWER = 0.2
"""Seconds of the processor for one request, the quickest of up to three."""


def _name(kind: dict[str, Any]) -> str:
    return "enum" if "enum" in kind else str(kind.get("format", kind["type"]))


@dataclass(frozen=True, eq=False)
class Field:
    """A field of a body, or a parameter: where it is, and what the OpenAPI says of it."""

    method: str
    path: str
    place: str
    names: tuple[str, ...]
    kinds: tuple[dict[str, Any], ...]
    example: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.place} {'.'.join(self.names)}"

    @property
    def types(self) -> set[str]:
        return {_name(kind) for kind in self.kinds}

    def find_text(self) -> dict[str, Any] | None:
        """The kind of free text that it takes, if it does."""
        for kind in self.kinds:
            is_free = kind.get("type") == "string" and "enum" not in kind and "const" not in kind
            if is_free and kind.get("format") not in ("date", "date-time", "binary"):
                return kind
        return None

    def place_in(self, body: dict[str, Any], value: Any) -> None:
        for name in self.names[:-1]:
            if name != "0":
                body = body.setdefault(name, {})
        body[self.names[-1]] = value

    def send(
        self,
        client: Any,
        value: Any,
        *,
        rest: bool = False,
        beside: "Mapping[Field, Any]" = MappingProxyType({}),
    ) -> Any:
        """Ask with `value` in the field, `beside` it other fields of the same place with theirs,
        and with the example of the rest if `rest`."""
        path = self.path
        parameters: dict[str, str] = {}
        headers: dict[str, Any] = {}
        body: Any = None
        if self.place == "query":
            parameters = {field.names[0]: given for field, given in beside.items()}
            parameters[self.names[0]] = value
        elif self.place == "header":
            headers[self.names[0]] = str(value).encode("utf-8", "replace").replace(b"\n", b" ")
        elif self.place == "path":
            path = path.replace(f"{{{self.names[0]}}}", value)
        else:
            body = copy.deepcopy(self.example) if rest else {}
            for field, given in {**beside, self: value}.items():
                field.place_in(body, given)
        for name in ("day", "token"):
            path = path.replace(f"{{{name}}}", "2026-11-17")
        path = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
        content = None if body is None else json.dumps(body).encode()
        if self.place == "form":
            parts = {"data": body}
        else:
            parts = {"content": content, "headers": headers | (JSON if body is not None else {})}
        return client.request(self.method.upper(), path, params=parameters, **parts)


def _resolve(spec: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    if "$ref" in schema:
        return _resolve(spec, spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            around = {name: value for name, value in schema.items() if name != word}
            return [around | kind for part in schema[word] for kind in _resolve(spec, part)]
    return [schema]


def _find_fields(spec: dict[str, Any]) -> Iterator[Field]:
    for path, item in spec["paths"].items():
        for method, operation in item.items():
            if method not in METHODS:
                continue
            for parameter in operation.get("parameters", ()):
                kinds = tuple(_resolve(spec, parameter["schema"]))
                yield Field(method, path, parameter["in"], (parameter["name"],), kinds, {})
            for media, content in operation.get("requestBody", {}).get("content", {}).items():
                place = "body" if media == "application/json" else "form"
                for schema in _resolve(spec, content["schema"]):
                    if schema.get("type") == "object":
                        example = (schema.get("examples") or [_make_example(schema)])[0]
                        yield from _look(spec, Field(method, path, place, (), (), example), schema)


def _look(spec: dict[str, Any], at: Field, schema: dict[str, Any]) -> Iterator[Field]:
    for name, part in schema.get("properties", {}).items():
        kinds = tuple(_resolve(spec, part))
        here = Field(at.method, at.path, at.place, (*at.names, name), kinds, at.example)
        yield here
        for kind in kinds:
            if kind.get("type") == "object" and "properties" in kind:
                yield from _look(spec, here, kind)


def _make_example(schema: dict[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties", {})
    return {name: part["examples"][0] for name, part in properties.items() if part.get("examples")}


WRONG: dict[str, tuple[Any, ...]] = {
    "integer": (True, False, 1.0, "1", "1_000", "x", [1], {}, float("nan")),
    "number": (True, "49.90", "1_000", "-0.0", -0.0, float("nan"), float("inf"), "1e3", [1], {}),
    "boolean": (0, 1, 1.0, "true", "yes", "", [], {}),
    "string": (0, 1, True, 1.5, ["a"], {"a": "b"}),
    "email": (0, True, ["ana@example.com"], {}),
    "enum": (0, True, 1.5, [], {}),
    "date": (
        *(0, 1704477780, 0.5, True, "0", "0.5", "1704477780", "2026-1-5", "20260115", "2026-W03-4"),
        *("2026-01-15T00:00:00", "2026-01-15T00:00:00Z", "+2026-01-15", "٢٠٢٦-٠١-١٥", "today", []),
    ),
    "date-time": (
        *(0, 1704477780, 0.5, True, "0", "0.5", "1704477780", "1704477780.5", "10:00", []),
        *("2026-01-15", "20260115T100000", "2026-01-15T1:00", "now", "٢٠٢٦-٠١-١٥T10:00"),
    ),
    "array": ("1", 1, True, {}, {"0": 1}),
    "object": ("{}", 1, True, []),
}
WRONG_IN_ADDRESS: dict[str, tuple[str, ...]] = {
    "integer": ("true", "1.0", "1.5", "1_000", "+1", "1e3", "0x1", " 1", "１", "", "9" * 5000),
    "boolean": ("1", "0", "yes", "on", "True", "t", "2", ""),
    "date": tuple(str(wrong) for wrong in WRONG["date"] if isinstance(wrong, str | int)),
    "date-time": ("0", "0.5", "1704477780", "10:00", "2026-1-5", "20260115T100000", "now"),
}


@pytest.fixture
def spec(api_app) -> dict[str, Any]:
    openapi: dict[str, Any] = api_app.openapi()
    return openapi


@pytest.fixture
def fields(spec) -> list[Field]:
    return list(_find_fields(spec))


@pytest.fixture
def tireless(api_app, owner, super_admin, sign_in_as):
    """Whose business a route is, without the limit of requests a minute: mostly an owner's."""
    member = sign_in_as(Role.MEMBER)
    [location] = owner.get("/api/v1/locations").json()["items"]
    place = {"name": "Front door", "location_id": location["location_id"]}
    kiosk = owner.post("/api/v1/kiosks", json=place).json()

    class Tireless:
        def request(self, method: str, path: str, **parts: Any) -> Any:
            api_app.state.rates.reset()
            operation = find_operation(method, path)
            caller = owner
            if operation.is_platforms:
                caller = super_admin
            if operation.is_members_own:
                caller = member
            headers = {"Kiosk-Key": kiosk["key"], **(parts.pop("headers", None) or {})}
            return caller.request(method, path, headers=headers, **parts)

    return Tireless()


def test_there_are_fields_of_every_kind_to_try(fields):
    """Else the tests below would hold for nothing."""
    assert {kind for field in fields for kind in field.types} >= set(WRONG)
    assert len(fields) > 120
    assert {field.place for field in fields} == {"body", "form", "query", "path", "header"}


def test_every_text_says_how_long_it_may_be(fields):
    unbounded = [
        str(field)
        for field in fields
        if (text := field.find_text()) is not None and "maxLength" not in text
    ]
    assert not unbounded


def test_every_number_says_how_large_it_may_be(fields):
    unbounded = [
        str(field)
        for field in fields
        for kind in field.kinds
        if kind.get("type") in ("integer", "number") and "maximum" not in kind
    ]
    assert not unbounded


def test_every_list_says_how_long_it_may_be(fields):
    unbounded = [
        str(field)
        for field in fields
        for kind in field.kinds
        if kind.get("type") == "array" and "maxItems" not in kind
    ]
    assert not unbounded


def test_whole_numbers_are_written_as_whole_numbers(spec):
    text = json.dumps(spec)
    assert '"maximum": 9223372036854775807,' in text
    assert "e+18" not in text


def test_a_body_takes_no_other_kind_than_its_own(fields, tireless):
    def list_wrong(field: Field) -> Iterator[Any]:
        kinds = [kind for kind in field.kinds if kind.get("type") != "null"]
        for kind in kinds:
            yield from WRONG[_name(kind)]
        if len(kinds) == len(field.kinds):
            yield None

    in_bodies = [field for field in fields if field.place == "body"]
    assert not list(find_taken(in_bodies, tireless, list_wrong))


def find_taken(
    fields: list[Field], client: Any, list_wrong: Callable[[Field], Iterable[Any]]
) -> Iterator[str]:
    """What is wrong and is taken. One request has many wrong fields, those of an operation that are
    equally deep in its body: each has to be named. Which is not is asked alone."""
    together: dict[tuple[str, str, int], dict[Field, list[Any]]] = {}
    for field in fields:
        alike = together.setdefault((field.method, field.path, len(field.names)), {})
        alike[field] = list(list_wrong(field))
    for wrong in together.values():
        for turn in range(max(map(len, wrong.values()))):
            values = {field: of[turn] for field, of in wrong.items() if turn < len(of)}
            [*_, last] = values
            answer = last.send(client, values[last], beside=values)
            for field, value in values.items():
                if _names(answer, field):
                    continue
                alone = field.send(client, value)
                is_named = _names(alone, field) or field.place == "query"
                if alone.status_code != 422 or not is_named:
                    yield f"{field} = {str(value)[:40]}: {alone.status_code}"


def test_an_element_of_a_list_is_of_its_own_kind(owner):
    for path in ("/api/v1/campaigns/preview", "/api/v1/campaigns/1/retry"):
        name = "message_ids" if path.endswith("retry") else "member_ids"
        for wrong in (True, 1.0, "1", None, [1], 0, 2**63):
            answer = owner.post(path, json={name: [1, wrong]})
            assert answer.status_code == 422
            assert answer.json()["errors"][0]["field"] == f"{name}.1"


def test_an_address_takes_no_other_kind_than_its_own(fields, tireless):
    def list_wrong(field: Field) -> Iterator[Any]:
        for kind in field.kinds:
            yield from WRONG_IN_ADDRESS.get(_name(kind), ())

    queries = [field for field in fields if field.place == "query"]
    assert not list(find_taken(queries, tireless, list_wrong))
    taken = [
        f"{field} = {value[:40]!r}"
        for field in fields
        if field.place == "path"
        for value in list_wrong(field)
        if value and field.send(tireless, value).status_code not in (404, 422)
    ]
    assert not taken


def _names(answer: Any, field: Field) -> bool:
    wanted = ".".join(field.names)
    return any(
        error["field"] == wanted or error["field"].startswith(wanted + ".")
        for error in answer.json().get("errors", ())
    )


COSTLY = (
    "a" + "\u0301\u0323",  # marks that have to be put in order
    "\u0323\u0301\u0f73\uff9e",
    "\ufdfa",  # becomes eighteen characters in one of the normal forms
    "{{",
    "{{ ",
    "\\",
    " ",
    "\n",
    "a",
    "9",
    "@.",
    "'\"",
    "-",
    "\u2028",
)


def test_a_text_at_its_longest_costs_no_more_than_another(fields, tireless, quick_hashes):
    slow = []
    for field in fields:
        text = field.find_text()
        if text is None or field.path == "/api/v1/imports":
            continue
        for unit in COSTLY:
            longest = text["maxLength"]
            value = (unit * longest)[:longest]
            if field.place == "path":
                value = value.replace("/", "_").replace("\n", "_")
            if best := _find_slow(field, tireless, value):
                slow.append(f"{field} with {unit!r}: {best:.2f} s")
    assert not slow


def test_a_text_far_too_long_costs_no_more_than_another(fields, tireless):
    slow = []
    for field in fields:
        if field.place not in ("body", "form") or not field.types & {"string", "email", "date"}:
            continue
        for unit in COSTLY[:2]:
            if best := _find_slow(field, tireless, unit * 100_000):
                slow.append(f"{field} with {unit!r}: {best:.2f} s")
    assert not slow


def _find_slow(field: Field, client: Any, value: str) -> float | None:
    """The quickest of three where none is quick enough."""
    best = float("inf")
    for _ in range(3):
        best = min(best, _time(field, client, value))
        if best <= LONGEST_ANSWER:
            return None
    return best


def _time(field: Field, client: Any, value: str) -> float:
    begun = time.process_time()
    answer = field.send(client, value, rest=True)
    assert answer.status_code < 500, f"{field}: {answer.text}"
    taken = time.process_time() - begun
    # The client's own share, which writes the request: it is not the API's.
    return taken
