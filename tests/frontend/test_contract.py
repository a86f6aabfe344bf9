"""The fake API is no API of its own: what it is asked and returns is held against the real one."""

import pytest

from tests.frontend.fake_api import CONTRACT

PLANS = "/membership-plans"


def question(method: str, path: str, body: object = None, **query: str) -> list[str]:
    operation = CONTRACT.find(method, path)
    assert operation
    return list(CONTRACT.check_question(operation, query, body))


def answer(path: str, status: int, content: bytes, kind: str = "application/json") -> list[str]:
    operation = CONTRACT.find("GET", path)
    assert operation
    return list(CONTRACT.check_answer(operation, status, kind, content))


def test_an_answer_without_a_field_is_found() -> None:
    page = b'{"items": [{"plan_id": 1}], "total": 1, "page": 1, "size": 50}'
    assert any("'name' is a required property" in found for found in answer(PLANS, 200, page))
    assert answer(PLANS, 200, b'{"items": [], "total": 0, "page": 1, "size": 50}') == []


@pytest.mark.parametrize(("status", "kind"), [(204, "application/json"), (200, "text/csv")])
def test_an_answer_of_another_kind_is_found(status: int, kind: str) -> None:
    assert answer(PLANS, status, b"{}", kind)


def test_a_path_that_is_spelled_out_is_not_taken_for_a_parameter() -> None:
    found = CONTRACT.find("GET", "/attendance-reports/2026-11-20.pdf")
    assert found
    assert found.path.endswith(".pdf")
    assert CONTRACT.find("GET", "/nowhere") is None


def test_a_question_that_the_api_would_refuse_is_found() -> None:
    assert question("GET", "/members", sort="name", size="15") == []
    assert question("GET", "/members", sort="shoe_size")
    assert question("GET", "/members", colour="red")
    plan = {"name": "Gold", "duration_months": 1, "price": 49.9}
    assert question("POST", PLANS, plan) == []
    assert question("POST", PLANS, {**plan, "price": "49.90"})
    assert question("POST", PLANS, {**plan, "colour": "red"})
