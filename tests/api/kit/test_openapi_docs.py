"""/docs and /redoc work in a network without a way out."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from api.kit.errors import DomainError
from api.kit.translation import get_catalogue
from core.translation import Language
from tests.contract.translations import list_errors
from tests.fixtures.routes import APP, OPERATIONS

SPEC: dict[str, Any] = APP.openapi()


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
def test_a_page_names_no_foreign_host_and_all_it_names_is_there(client, page):
    answer = client.get(page)
    assert answer.status_code == 200
    named = re.findall(r'(?:src|href|spec-url)="([^"]+)"', answer.text)
    own = [address for address in named if not address.startswith("data:")]
    assert len(own) >= 2
    for address in own:
        assert address.startswith("/")
        assert client.get(address).status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "http" not in policy
    assert "script-src 'self';" in policy


def test_the_specification_describes_what_is_served(client):
    spec = client.get("/openapi.json").json()
    described = {(method.upper(), path) for path, item in spec["paths"].items() for method in item}
    served = {
        (one.method, one.path)
        for one in OPERATIONS
        if one.path not in ("/docs", "/docs/start.js", "/redoc")
    }
    assert described == served


def test_every_operation_has_a_summary_and_a_name_of_its_own(client):
    spec = client.get("/openapi.json").json()
    operations = [one for item in spec["paths"].values() for one in item.values()]
    assert all(one["summary"] for one in operations)
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names)


def test_sign_in_has_examples(client):
    models = client.get("/openapi.json").json()["components"]["schemas"]
    for model in ("RegisterRequest", "LoginRequest", "OrganizationDetail"):
        examples = [one.get("examples") for one in models[model]["properties"].values()]
        assert any(examples), model


def _find_examples(node: Any) -> Iterator[tuple[dict[str, Any], Any]]:
    """Each example of the specification, with the schema that it stands in."""
    if isinstance(node, list):
        for one in node:
            yield from _find_examples(one)
    elif isinstance(node, dict):
        if isinstance(node.get("examples"), list):
            yield from ((node, example) for example in node["examples"])
        for name, one in node.items():
            if name != "examples":
                yield from _find_examples(one)


def test_every_example_is_one_of_its_schema():
    found = list(_find_examples(SPEC))
    assert len(found) > 70
    wrong = [
        f"{schema.get('title')}: {error.message}"
        for schema, example in found
        for error in Draft202012Validator(schema | {"components": SPEC["components"]}).iter_errors(
            example
        )
    ]
    assert not wrong


def _list_refusals() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in SPEC["paths"].items():
        for operation in item.values():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    yield path, status, answer


def test_every_failure_is_described_as_the_problem_it_is():
    """But for the pages that a mail's link opens."""
    assert {
        (path, status)
        for path, status, answer in _list_refusals()
        if set(answer.get("content", ())) != {"application/problem+json"}
    } == {
        ("/u/{token}", "404"),
        ("/u/{token}/again", "404"),
        ("/confirm/{token}", "404"),
        ("/confirm/{token}", "410"),
    }


def test_portuguese_routes_describe_their_failures_in_portuguese():
    said = {
        title
        for path, _, answer in _list_refusals()
        if path.startswith("/aluno")
        for title in answer["description"].split("; ")
    }
    titles = {error.title for error in list_errors(DomainError)}
    assert said <= set(map(get_catalogue(Language.PORTUGUESE).gettext, titles))


def test_what_a_route_refuses_for_several_reasons_names_each():
    entering = SPEC["paths"]["/aluno/checkin"]["post"]["responses"]["409"]["description"]
    assert entering == (
        "Já está na academia; O aluno não pode entrar; O mesmo pedido ainda está em andamento"
    )
