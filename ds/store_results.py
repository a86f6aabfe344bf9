"""Runs of the science and their results in the database.

A run is a row of `analytics_runs`, and lives as long as the connection that holds its gym's lock:
one live run per gym. PostgreSQL releases the lock when the process ends, however it ends.
Its results replace the gym's last ones in the transaction that marks it done, or not at all.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import (
    Column,
    Engine,
    MetaData,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from core.clock import AsOf
from db.base import Base
from db.logs import format_error
from db.models import AnalyticsRun, ClvEstimate, Gym, Import, ImportState, RfmScore, RunState
from db.session import GymSession, session_scope
from db.types import GymId
from ds.frames import read_frame, write_frame
from ds.report import Report

LOST = "The run was abandoned: its process ended, or lost the database"
SCORES = {
    "member_id": "customer_id",
    "recency": "recency_score",
    "frequency": "frequency_score",
    "monetary": "monetary_score",
    "segment": "customer_segment",
}
VALUES = {
    "member_id": "customer_id",
    "clv_value": "clv_value",
    "average_order_value": "average_order_value",
    "segment": "predicted_customer_type",
}

RENAMED_ALARM = 0.15
"""More members than this changing their segment from one run to the next is worth a look."""

_LOCK = "hashtextextended('scores ' || :gym_id, 0)"
# A machine that disappears is noticed in a minute and a half, not in hours.
_NOTICE = (
    "set tcp_keepalives_idle = 60; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3"
)

log = logging.getLogger("ds.store_results")


class RunLost(RuntimeError):
    """Another process took the run over; its results are the gym's now."""


@dataclass(frozen=True)
class Run:
    run_id: int
    gym_id: int


@contextmanager
def open_run(factory: sessionmaker[GymSession], gym: Gym, as_of: AsOf) -> Iterator[Run | None]:
    """A run of a gym, alone until the end of the block; None while another process has one."""
    engine: Engine = factory.kw["bind"]
    place = {"gym_id": str(gym.gym_id)}
    # Outside of any transaction, so that the database does not end it as idle.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(_NOTICE)
        if not connection.scalar(text(f"select pg_try_advisory_lock({_LOCK})"), place):
            yield None
            return
        try:
            yield _begin(factory, gym, as_of)
        finally:
            # A lost connection has released it already.
            with suppress(DBAPIError):
                connection.execute(text(f"select pg_advisory_unlock({_LOCK})"), place)


def _begin(factory: sessionmaker[GymSession], gym: Gym, as_of: AsOf) -> Run:
    with session_scope(factory) as session:
        # The holder of the lock is the only live run.
        session.execute(
            update(AnalyticsRun)
            .where(AnalyticsRun.gym_id == gym.gym_id, AnalyticsRun.state == RunState.RUNNING)
            .values(state=RunState.FAILED, error=LOST, finished_at=func.now())
        )
        run = AnalyticsRun(
            gym_id=gym.gym_id,
            as_of=as_of.day,
            state=RunState.RUNNING,
            # How many imports it could see: one that comes later is a reason to run again.
            details={"imports": count_imports(session, gym.gym_id)},
        )
        session.add(run)
        session.flush()
        return Run(run.run_id, gym.gym_id)


def count_imports(session: Session, gym_id: int) -> int:
    statement = select(func.count()).where(
        Import.gym_id == gym_id, Import.state == ImportState.DONE
    )
    return session.scalar(statement) or 0


def save_report(factory: sessionmaker[GymSession], run: Run, report: Report) -> None:
    """Replace the gym's scores and values and mark the run done, in one transaction.

    A row's `run_id` is the run that last changed it.
    """
    with session_scope(factory, GymId(run.gym_id)) as session:
        found: dict[str, Any] = {"renamed_share": _measure_renamed(session, run, report.scores)}
        if report.forecasts is not None:
            found["forecasts"] = report.forecasts.details
        _finish(
            session,
            run,
            state=RunState.DONE,
            members=len(report.scores),
            retention_rate=report.retention.percent,
            method=report.method,
            details=AnalyticsRun.details.op("||")(report.details | found),
        )
        values = report.scores[list(VALUES)]
        if report.forecasts is not None:
            values = values.merge(report.forecasts.members, on="member_id", validate="1:1")
        for model, frame in (
            (RfmScore, report.scores[list(SCORES)].rename(columns=SCORES)),
            (ClvEstimate, values.rename(columns=VALUES)),
        ):
            _replace(session, Base.metadata.tables[model.__tablename__], frame, run)


def record_failure(factory: sessionmaker[GymSession], run: Run, error: Exception) -> None:
    """Mark the run failed in a transaction of its own; the last good results stay."""
    with session_scope(factory) as session:
        _finish(session, run, state=RunState.FAILED, error=format_error(error))


def _replace(session: Session, table: Table, frame: pd.DataFrame, run: Run) -> None:
    """Make the gym's rows of `table` those of `frame`: a row per `customer_id`.

    Rows that exist are updated, and only if they differ: most of the time of rewriting all would go
    into checking each row's references again.
    """
    fresh = Table(
        f"fresh_{table.name}",
        MetaData(),
        *(Column(name, table.c[name].type) for name in frame.columns),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )
    connection = session.connection()
    fresh.create(connection)
    write_frame(session, fresh.name, frame)
    connection.exec_driver_sql(f"analyze {fresh.name}")

    is_same = and_(table.c.gym_id == run.gym_id, table.c.customer_id == fresh.c.customer_id)
    differs = or_(*(table.c[name].is_distinct_from(fresh.c[name]) for name in frame.columns))
    new_values = {name: fresh.c[name] for name in frame.columns if name != "customer_id"}
    connection.execute(
        update(table).where(is_same, differs).values(run_id=run.run_id, **new_values)
    )
    connection.execute(
        insert(table).from_select(
            ["gym_id", "run_id", *frame.columns],
            select(literal(run.gym_id), literal(run.run_id), *fresh.c).where(
                ~exists().where(is_same)
            ),
        )
    )
    is_known = exists().where(fresh.c.customer_id == table.c.customer_id)
    connection.execute(delete(table).where(table.c.gym_id == run.gym_id, ~is_known))


def _measure_renamed(session: Session, run: Run, scores: pd.DataFrame) -> float | None:
    """Share of the members scored before whose segment is another one now; None at first."""
    query = (
        "select customer_id as member_id, customer_segment as segment from rfm"
        " where gym_id = %(gym_id)s"
    )
    before = read_frame(session, query, {"gym_id": run.gym_id}, dates=[])
    both = before.merge(scores, on="member_id", suffixes=("_before", ""))
    if both.empty:
        return None
    share = round(float((both["segment_before"] != both["segment"]).mean()), 4)
    if share > RENAMED_ALARM:
        about = {"gym_id": run.gym_id}
        log.warning("%.0f%% of the members changed their segment", 100 * share, extra=about)
    return share


def _finish(session: Session, run: Run, **values: Any) -> None:
    result: Any = session.execute(
        update(AnalyticsRun)
        .where(AnalyticsRun.run_id == run.run_id, AnalyticsRun.state == RunState.RUNNING)
        .values(finished_at=func.now(), **values)
    )
    if result.rowcount != 1:
        raise RunLost(LOST)
