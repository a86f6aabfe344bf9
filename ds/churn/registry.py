"""The registry of a gym's churn models: versions are kept, one of them is active.

A version never changes once it is stored, except for being active. That is switched in one
transaction, so a reader always finds exactly one, the old or the new. Old versions are deleted
after a while.
"""

from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from core.risk.churn import VERSION
from db.models.churn import Algorithm, ChurnLabel, ChurnModel, ModelScope

RETENTION: Final = timedelta(days=90)
PREVIOUS_KEPT: Final = 3
"""Of each label, how many versions that were active before are kept, to go back to."""

_DELETE_OLD = text(
    """
delete from churn_models m
where m.gym_id = :gym_id and not m.is_current and m.created_at < :before
  and m.model_id not in (
    select model_id from (
      select model_id, row_number() over (partition by label order by promoted_at desc) as ago
      from churn_models
      where gym_id = :gym_id and not is_current and promoted_at is not null
    ) previous
    where ago <= :kept)
  and not exists (
    select from churn_scores s where s.gym_id = m.gym_id and s.model_id = m.model_id)
"""
)


class UnknownVersion(LookupError):
    """The gym has no such version."""


@dataclass(frozen=True)
class Version:
    """A trained model as it is to be stored. `train_from` and `train_to` are its first and last
    snapshots; `rows` and `events` count the samples it was trained on."""

    label: ChurnLabel
    scope: ModelScope
    algorithm: Algorithm
    code_version: str
    as_of: date
    train_from: date
    train_to: date
    data_sha256: str
    rows: int
    events: int
    weights: dict[str, Any]
    metrics: dict[str, Any]
    drift: dict[str, Any]
    decision: str
    card: str = ""


def store_version(session: Session, gym_id: int, version: Version) -> int:
    """Store a version, which is not active yet. Returns its number."""
    row = ChurnModel(gym_id=gym_id, **vars(version))
    session.add(row)
    session.flush()
    return row.model_id


def read_version(model: ChurnModel) -> Version:
    return Version(**{one.name: getattr(model, one.name) for one in fields(Version)})


def promote(session: Session, gym_id: int, model_id: int, *, now: datetime) -> ChurnModel:
    """Make a version active from the caller's commit on, and return it. Going back is the same.

    Two promotions of a gym wait for each other. Raises UnknownVersion.
    """
    _wait_for_turn(session, gym_id)
    chosen = session.scalar(
        select(ChurnModel)
        .where(ChurnModel.in_gym(gym_id), ChurnModel.model_id == model_id)
        .execution_options(populate_existing=True)
    )
    if chosen is None:
        raise UnknownVersion(f"this gym has no version {model_id}")
    if not chosen.is_current:
        deactivate(session, gym_id, ChurnLabel(chosen.label))
        chosen.is_current = True
        chosen.promoted_at = now
        session.flush()
    return chosen


def deactivate(session: Session, gym_id: int, label: ChurnLabel) -> None:
    """Make no version active: the rules are used."""
    session.execute(
        update(ChurnModel)
        .where(ChurnModel.in_gym(gym_id), ChurnModel.label == label, ChurnModel.is_current)
        .values(is_current=False)
    )


def delete_old(session: Session, gym_id: int, *, now: datetime) -> int:
    """Delete old versions; return how many.

    Whatever its age, a version stays while it is active, is one of the last that were active
    before, or has a score that is kept for comparison with the outcome.
    """
    _wait_for_turn(session, gym_id)
    result: Any = session.execute(
        _DELETE_OLD, {"gym_id": gym_id, "before": now - RETENTION, "kept": PREVIOUS_KEPT}
    )
    return int(result.rowcount)


def _wait_for_turn(session: Session, gym_id: int) -> None:
    session.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"churn_models {gym_id}", 0)))
    )


def find_current(session: Session, gym_id: int, label: ChurnLabel) -> ChurnModel | None:
    """The version that was promoted last; None where the rules are used."""
    return session.scalar(
        select(ChurnModel).where(
            ChurnModel.in_gym(gym_id), ChurnModel.label == label, ChurnModel.is_current
        )
    )


def find_active(session: Session, gym_id: int, label: ChurnLabel) -> ChurnModel | None:
    """As `find_current`, but None also where other code trained it, with other features or another
    label."""
    found = find_current(session, gym_id, label)
    return found if found is not None and found.code_version == str(VERSION) else None


def list_versions(session: Session, gym_id: int) -> list[ChurnModel]:
    """All versions, newest first."""
    return list(
        session.scalars(
            select(ChurnModel)
            .where(ChurnModel.in_gym(gym_id))
            .order_by(ChurnModel.created_at.desc(), ChurnModel.model_id.desc())
        )
    )
