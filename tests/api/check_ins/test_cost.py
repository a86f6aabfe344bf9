"""What happens hundreds of times an hour asks the database as little as it can."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from psycopg2.extensions import cursor
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

    class Noting(cursor):
        def execute(self, statement: Any, values: Any = None) -> None:
            asked.append(statement)
            super().execute(statement, values)

    def note(connection: Any, *_: Any) -> None:
        connection.cursor_factory = Noting

    def note_no_more(connection: Any, *_: Any) -> None:
        connection.cursor_factory = None

    event.listen(api_app.state.engine, "checkout", note)
    event.listen(api_app.state.engine, "checkin", note_no_more)
    try:
        answer = owner.post(
            "/api/v1/check-ins", json={"member_id": member.member_id}, headers=headers
        )
    finally:
        event.remove(api_app.state.engine, "checkout", note)
        event.remove(api_app.state.engine, "checkin", note_no_more)
    assert answer.status_code == 201, answer.text
    assert len(asked) == statements, asked
