"""What happens hundreds of times an hour asks the database as little as it can."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from sqlalchemy import event

from db.models import Member
from tests.fixtures.api import ApiClient


def test_a_check_in_is_a_handful_of_statements(
    api_app: FastAPI, owner: ApiClient, add_member: Callable[..., Member]
) -> None:
    """The gym with the caller; the visit with all that follows from it; the versions."""
    member = add_member()
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(api_app.state.engine, "before_cursor_execute", note)
    try:
        answer = owner.post("/api/v1/check-ins", json={"member_id": member.member_id})
    finally:
        event.remove(api_app.state.engine, "before_cursor_execute", note)
    assert answer.status_code == 201, answer.text
    assert len(asked) == 3, asked
