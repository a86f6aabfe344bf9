"""What happens hundreds of times an hour asks the database as little as it can."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import event

from db.models import Member
from tests.fixtures.api import ApiClient


@pytest.mark.parametrize(("headers", "statements"), [({}, 1), ({"Idempotency-Key": "k"}, 2)])
def test_a_check_in_is_one_statement_and_one_more_for_its_key(
    api_app: FastAPI,
    owner: ApiClient,
    add_member: Callable[..., Member],
    headers: dict[str, str],
    statements: int,
) -> None:
    """Who asks, the visit, all that follows from it, and the versions of cached responses."""
    member = add_member()
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(api_app.state.engine, "before_cursor_execute", note)
    try:
        answer = owner.post(
            "/api/v1/check-ins", json={"member_id": member.member_id}, headers=headers
        )
    finally:
        event.remove(api_app.state.engine, "before_cursor_execute", note)
    assert answer.status_code == 201, answer.text
    assert len(asked) == statements, asked
