"""The churn part of the job `scores`: the active models' scores of every member to whom they apply.

A batch of members is read, scored and written in one transaction with the place to go on from, so
memory is bounded by the batch, no lock is held for long, and a worker that is killed loses one
batch. Between batches some members have today's score and others yesterday's: each has its day.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from core.risk.churn import FEATURES, MIN_CONTRIBUTION, TOP_REASONS
from db.as_of import read_as_of
from db.models import Gym
from db.models.churn import ChurnLabel, ChurnModel, ChurnScore
from db.queue.jobs import AGAIN, ClaimedJob
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import STATS_DATES, STATS_ROWS, features_from_stats, select_scored
from ds.churn.history import Bools, Floats, finished_day
from ds.churn.models import Weights, base_logit, predict
from ds.churn.registry import find_active
from ds.frames import read_frame, write_frame

BATCH = 20_000
DAILY_FOR = 14
KEPT_FOR = 400
"""Days for which scores are kept: all of the last two weeks, then the newest of each week."""

GROUPS = tuple(dict.fromkeys(FEATURES.values()))

_LAST = 2**62

_BATCH = STATS_ROWS + " and s.customer_id > %(after)s order by s.customer_id limit %(size)s"

_FRESH = """
create temporary table fresh_churn (
  customer_id bigint, label text, model_id bigint, probability float8, logit float8, reasons jsonb
) on commit drop
"""
_KEEP = """
insert into churn_scores
  (gym_id, customer_id, label, as_of, model_id, probability, logit, reasons)
select :gym_id, customer_id, label, :day, model_id, probability, logit, reasons from fresh_churn
"""
# Rows are locked in the order in which every other writer locks them.
_SHOW = """
update member_stats s
set churn_probability = f.probability, churn_scored_on = f.scored_on
from (
  select m.customer_id, fresh.probability,
         case when fresh.customer_id is not null then cast(:day as date) end as scored_on
  from member_stats m
  left join fresh_churn fresh on fresh.customer_id = m.customer_id and fresh.label = 'lapse'
  where m.gym_id = :gym_id and m.customer_id > :after and m.customer_id <= :until
    and (m.churn_scored_on is not null or fresh.customer_id is not null)
    and (m.churn_probability is distinct from fresh.probability
         or m.churn_scored_on is distinct from
            case when fresh.customer_id is not null then cast(:day as date) end)
  order by m.customer_id
  for no key update of m
) f
where s.gym_id = :gym_id and s.customer_id = f.customer_id
"""


@dataclass(frozen=True)
class ActiveModel:
    """An active version, as scoring needs it."""

    label: ChurnLabel
    model_id: int
    weights: Weights


def score(job: ClaimedJob) -> Mapping[str, Any]:
    """Score the gym's members for its newest finished day. Returns AGAIN when out of time."""
    with job.session() as session:
        gym = session.scalars(select(Gym).where(Gym.gym_id == job.gym_id)).one()
        place = job.progress.get("churn")
        if place is None:
            place = _begin(session, gym, finished_day(read_as_of(session, gym, job.now)))
            job.save_progress(session, job.progress | {"churn": place})
        active_models = [read_active_model(session, gym.gym_id, one) for one in place["models"]]
    day = date.fromisoformat(place["day"])
    while place["after"] is not None:
        if job.is_out_of_time():
            return AGAIN
        with job.session() as session:
            after, scored = score_batch(session, gym.gym_id, day, active_models, place["after"])
            place = place | {"after": after, "scored": place["scored"] + scored}
            job.save_progress(session, job.progress | {"churn": place})
    return {
        "day": place["day"],
        "scored": place["scored"],
        "models": {active_model.label: active_model.model_id for active_model in active_models},
    }


def _begin(session: Session, gym: Gym, day: date) -> dict[str, Any]:
    """Choose the active models, and delete earlier scores of this day and those that are too
    old."""
    models = [
        found.model_id
        for label in ChurnLabel
        if (found := find_active(session, gym.gym_id, label)) is not None
    ]
    session.execute(
        delete(ChurnScore).where(ChurnScore.in_gym(gym.gym_id), ChurnScore.as_of == day)
    )
    _delete_old(session, gym.gym_id, day)
    return {"day": day.isoformat(), "models": models, "after": 0, "scored": 0}


def _delete_old(session: Session, gym_id: int, day: date) -> None:
    kept = session.execute(
        text(
            "select distinct as_of from generate_series(cast(:day as date) - 800,"
            " cast(:day as date), '1 day') one(at) cross join lateral (select at::date as as_of)"
            " known where exists (select from churn_scores c where c.gym_id = :gym_id"
            " and c.label = any(:labels) and c.as_of = known.as_of) order by 1"
        ),
        {"gym_id": gym_id, "day": day, "labels": list(ChurnLabel)},
    ).scalars()
    days = list(kept)
    newest_of_week = {one.isocalendar()[:2]: one for one in days}
    old = [
        one
        for one in days
        if (day - one).days > KEPT_FOR
        or ((day - one).days > DAILY_FOR and newest_of_week[one.isocalendar()[:2]] != one)
    ]
    if old:
        session.execute(
            delete(ChurnScore).where(
                ChurnScore.in_gym(gym_id),
                ChurnScore.label.in_(list(ChurnLabel)),
                ChurnScore.as_of.in_(old),
            )
        )


def read_active_model(session: Session, gym_id: int, model_id: int) -> ActiveModel:
    model = session.scalars(
        select(ChurnModel).where(ChurnModel.in_gym(gym_id), ChurnModel.model_id == model_id)
    ).one()
    return ActiveModel(ChurnLabel(model.label), model.model_id, model.weights)


def score_batch(
    session: Session,
    gym_id: int,
    day: date,
    active_models: Sequence[ActiveModel],
    after: int,
    *,
    size: int = BATCH,
) -> tuple[int | None, int]:
    """Score and store the next members after number `after`. Returns where to go on, None at the
    end, and how many members got the probability that the at-risk rule reads."""
    parameters = {"gym_id": gym_id, "day": day, "after": after, "size": size}
    frame = read_frame(session, _BATCH, parameters, dates=STATS_DATES)
    is_last = len(frame) < size
    until = _LAST if is_last else int(frame["member_id"].iloc[-1])
    session.execute(text(_FRESH))
    scored = 0
    X = features_from_stats(frame, day)
    for active_model in active_models:
        is_judged = select_scored(frame, active_model.label)
        rows = score_rows(active_model, frame["member_id"].to_numpy()[is_judged], X[is_judged])
        write_frame(session, "fresh_churn", rows)
        scored += len(rows) * (active_model.label is ChurnLabel.LAPSE)
    session.execute(text("analyze fresh_churn"))
    about = {"gym_id": gym_id, "day": day, "after": after, "until": until}
    session.execute(text(_KEEP), about)
    session.execute(text(_SHOW), about)
    return None if is_last else until, scored


def score_rows(active_model: ActiveModel, member_ids: Any, X: Floats) -> pd.DataFrame:
    """A model's scores of some members, with the reasons as JSON."""
    probability, logit, contributions = predict(active_model.weights, X)
    return pd.DataFrame(
        {
            "customer_id": member_ids,
            "label": active_model.label,
            "model_id": active_model.model_id,
            "probability": probability,
            "logit": logit,
            "reasons": find_reasons(contributions, logit >= base_logit(active_model.weights)),
        }
    )


def find_reasons(contributions: Floats, is_above: Bools) -> list[str]:
    """The groups that moved each logit most towards where it is, as `core.risk.churn.explain`
    finds them: JSON of a list, largest first."""
    groups = np.stack(
        [
            contributions[:, [FEATURES[name] == group for name in FEATURE_NAMES]].sum(axis=1)
            for group in GROUPS
        ],
        axis=1,
    )
    way = np.where(is_above, 1.0, -1.0)
    moved = groups * way[:, None]
    order = np.argsort(-moved, axis=1, kind="stable")[:, :TOP_REASONS]
    largest = np.take_along_axis(groups, order, axis=1)
    counts = (np.take_along_axis(moved, order, axis=1) >= MIN_CONTRIBUTION).sum(axis=1)
    return [
        json.dumps(
            [
                {"group": GROUPS[group], "contribution": round(value, 4)}
                for group, value in zip(places[:count], values[:count], strict=True)
            ]
        )
        for places, values, count in zip(
            order.tolist(), largest.tolist(), counts.tolist(), strict=True
        )
    ]
