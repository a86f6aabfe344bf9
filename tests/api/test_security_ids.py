"""The id of a row in a body is a whole number: `true` is not row 1."""

from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import TypeAdapter, ValidationError

from api.kit.schemas import MAX_ID, Body
from tests.fixtures.api import ApiClient
from tests.fixtures.routes import APP

WRONG = (True, False, 1.0, "1", "", [], {}, 0, -1, MAX_ID + 1, 10**400)


def find_ids(model: type[Body] = Body) -> Iterator[tuple[str, Any]]:
    """Each field of a request's body that names rows, and what it takes."""
    assert APP  # with the application every body is known
    for body in model.__subclasses__():
        for name, field in body.model_fields.items():
            if name.endswith(("_id", "_ids")):
                yield f"{body.__name__}.{name}", Annotated[field.annotation, name, *field.metadata]
        yield from find_ids(body)


IDS = dict(find_ids())


def test_the_bodies_are_found() -> None:
    assert {
        "AlunoNovo.plan_id", "Audience.member_ids", "AudienceFilter.plan_id",
        "BulkCheckIn.member_id", "CheckInCreate.member_id", "CheckinNovo.member_id",
        "MemberCreate.plan_id", "MemberUpdate.trainer_id", "MembershipCreate.member_id",
        "MembershipCreate.plan_id", "RetryRequest.message_ids", "CampaignCreate.member_ids",
    } <= set(IDS)  # fmt: skip


@pytest.mark.parametrize("field", IDS)
def test_only_a_whole_number_is_an_id(field: str) -> None:
    taken = TypeAdapter(IDS[field])
    is_list = field.endswith("_ids")
    for value in (1, MAX_ID):
        taken.validate_python([value] if is_list else value)
    for value in WRONG:
        with pytest.raises(ValidationError):
            taken.validate_python([value] if is_list else value)


VISIT = {"member_id": True, "check_in": "2026-11-16T08:00"}
MAIL = {"member_ids": [1, "2"], "subject": "a", "body": "b"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/v1/check-ins", VISIT, "member_id"),
        ("/api/v1/check-ins/bulk", {"check_ins": [VISIT]}, "check_ins.0.member_id"),
        ("/api/v1/memberships", {"member_id": 1, "plan_id": 1.0}, "plan_id"),
        ("/api/v1/campaigns", MAIL, "member_ids.1"),
        ("/api/v1/campaigns/preview", {"filter": {"plan_id": True}}, "filter.plan_id"),
    ],
)
def test_another_value_is_refused_in_words(
    owner: ApiClient, path: str, body: dict[str, Any], field: str
) -> None:
    answer = owner.post(path, json=body)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert (error["field"], error["message"]) == (field, "This must be a whole number, such as 12.")


def test_another_value_is_refused_in_portuguese(owner: ApiClient) -> None:
    answer = owner.post("/aluno/checkin", json={"aluno_id": True})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "aluno_id: Deve ser um número inteiro, como 12."


def test_in_an_address_an_id_is_text(owner: ApiClient) -> None:
    assert owner.get("/api/v1/members", params={"plan_id": "1"}).status_code == 200
    assert owner.get("/api/v1/members", params={"plan_id": "true"}).status_code == 422
