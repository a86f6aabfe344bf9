"""A log line tells what failed and where, without what was written or typed."""

import json
import logging
import sys

import pytest
from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, StatementError

from db.logs import JsonFormatter

NOTE = "a heart"


class _Note(BaseModel):
    age: int


def clash(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("create temp table notes (note text unique)"))
        for _ in range(2):
            connection.execute(text("insert into notes values (:note)"), {"note": NOTE})


def forget(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("select :a, :b"), {"a": NOTE})


def mistype(_: Engine) -> None:
    _Note.model_validate({"age": NOTE})


def line_of(error: BaseException) -> str:
    try:
        raise error
    except BaseException:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "failed", (), sys.exc_info())
    return str(json.loads(JsonFormatter().format(record))["error"])


@pytest.mark.parametrize("fail", [clash, forget, mistype])
@pytest.mark.parametrize("is_wrapped", [False, True, None])
def test_an_error_that_holds_values_is_named_without_them(
    ops_engine: Engine, fail: object, is_wrapped: bool | None
) -> None:
    """By itself, as the cause of another, and where another came up while it was dealt with."""
    assert callable(fail)
    with pytest.raises((DBAPIError, StatementError, ValidationError)) as caught:
        fail(ops_engine)
    assert NOTE in str(caught.value)
    error: BaseException = caught.value
    if is_wrapped is not False:
        outer = RuntimeError("the day could not be read")
        if is_wrapped:
            outer.__cause__ = error
        else:
            outer.__context__ = error
        error = outer
    line = line_of(error)
    assert NOTE not in line
    assert type(caught.value).__name__ in line
    assert f"in {fail.__name__}" in line
    assert ("the day could not be read" in line) is (is_wrapped is not False)
