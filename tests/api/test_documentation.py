"""/docs and /redoc work in a network without a way out."""

import re

import pytest

from tests.fixtures.routes import OPERATIONS


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
    for model in ("RegisterRequest", "LoginRequest", "Organization"):
        examples = [one.get("examples") for one in models[model]["properties"].values()]
        assert any(examples), model
