"""The job `churn_training`: train on a gym's past, store the versions, promote the better one.

It happens once per gym, newest finished day and version of the code. If it fails, the active
version stays active.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from db.as_of import read_as_of
from db.models import Gym
from db.models.churn import Algorithm, ChurnLabel, ChurnModel, ModelScope
from db.queue.catalogue import SCORES
from db.queue.jobs import ClaimedJob, add_job
from ds.churn.drift import Baseline, describe_drift, make_baseline
from ds.churn.features import Samples, concatenate, features_of, find_scored
from ds.churn.gates import MIN_TEST_EVENTS, MIN_TEST_ROWS, Gate
from ds.churn.history import History, finished_day, read_history, to_day_number
from ds.churn.model_card import write_card
from ds.churn.models import Weights, fit_gym_intercept
from ds.churn.pooling import Pool, find_pool, fits, train_pool
from ds.churn.registry import (
    Version,
    delete_old,
    find_current,
    promote,
    read_version,
    store_version,
)
from ds.churn.score_outcomes import check_past_scores
from ds.churn.training import (
    CODE_VERSION,
    MIN_EVENTS,
    MIN_HISTORY,
    MIN_MEMBERS,
    Candidate,
    Windows,
    build_both,
    choose,
    choose_windows,
    count_members,
    decide,
    has_enough,
    hash_samples,
    measure_candidate,
    train_candidates,
)

MAX_MEMBERS = 50_000
"""Members of a gym that training reads at most."""
SCORES_DEADLINE = timedelta(hours=6)

log = logging.getLogger("ds.churn")


@dataclass(frozen=True)
class Stored:
    """A version ready to be stored, and whether it is to be promoted."""

    version: Version
    is_promoted: bool


@dataclass
class Material:
    """All that training one gym reads."""

    gym: Gym
    day: date
    history: History
    windows: Windows
    current: dict[ChurnLabel, ChurnModel | None]
    past: dict[ChurnLabel, list[dict[str, Any]]]


def train(job: ClaimedJob) -> Mapping[str, Any]:
    """Train, measure and decide. Returns the decision per label, as text."""
    with job.session() as session:
        gym = session.scalars(select(Gym).where(Gym.gym_id == job.gym_id)).one()
        day = finished_day(read_as_of(session, gym, job.now))
        result: dict[str, Any] = {"as_of": day.isoformat(), "code_version": CODE_VERSION}
        delete_old(session, gym.gym_id, now=job.now)
        known = _find_trained(session, gym.gym_id, day)
        if known:
            return result | {"already_trained": known}
        history = read_history(session, gym, day, at_most=MAX_MEMBERS)
        windows = choose_windows(history.first_day, day, len(history.member_ids))
        if windows is None:
            why = f"The rules are used: less than {MIN_HISTORY} days of visits are known."
            return result | {"lapse": {"decision": why}, "cancel": {"decision": why}}
        material = Material(
            gym,
            day,
            history,
            windows,
            {label: find_current(session, gym.gym_id, label) for label in ChurnLabel},
            {label: check_past_scores(session, history, label) for label in ChurnLabel},
        )
    # Matrices of this size gain nothing by several threads, and lose much on a busy machine.
    with threadpool_limits(1):
        trained = {label: _train_label(job, material, label) for label in ChurnLabel}
    with job.session() as session:
        promoted = False
        for label, found in trained.items():
            if isinstance(found, str):
                result[label] = {"decision": found}
                continue
            result[label] = _store(session, material, found, now=job.now)
            promoted |= "promoted" in result[label]
        if promoted:
            add_job(
                session,
                gym.gym_id,
                SCORES,
                f"model {job.job_id}",
                deadline_at=job.now + SCORES_DEADLINE,
            )
        # With the versions or not at all: another worker may have taken the job over.
        job.save_progress(session, {"stored": True})
    return result


def _find_trained(session: Session, gym_id: int, day: date) -> list[int]:
    statement = (
        select(ChurnModel.model_id)
        .where(
            ChurnModel.in_gym(gym_id),
            ChurnModel.as_of == day,
            ChurnModel.code_version == CODE_VERSION,
        )
        .order_by(ChurnModel.model_id)
    )
    return list(session.scalars(statement))


def _train_label(job: ClaimedJob, material: Material, label: ChurnLabel) -> list[Stored] | str:
    """The versions to store, or the reason why there is none."""
    train, test = build_both(material.history, material.windows, label)
    if not has_enough(train, test):
        members, events = count_members(train)
        shortage = (
            f"{members} members, {events} of them with the outcome: {MIN_MEMBERS} and"
            f" {MIN_EVENTS} are needed for a model of the gym's own"
        )
        if label is ChurnLabel.CANCEL:
            return f"No model: {shortage}."
        return _take_pooled(job, material, train, test, shortage)
    current = _comparable(material.current[label])
    candidates = train_candidates(train, test, material.windows, is_first=current is None)
    chosen = choose(candidates, test)
    decide(candidates, chosen, test, current)
    about = {
        "scope": ModelScope.GYM,
        "train_from": material.windows.train[0],
        "train_to": material.windows.train[-1],
        "data_sha256": hash_samples(train),
        "rows": len(train),
        "events": int(train.y.sum()),
    }
    finished = concatenate([train, test])
    return [
        _make(material, one, about, make_baseline(train.X, names_of(one.weights)), finished)
        for one in candidates
    ]


def _take_pooled(
    job: ClaimedJob, material: Material, train: Samples, test: Samples, shortage: str
) -> list[Stored] | str:
    gym = material.gym
    with job.session() as session:
        pool = find_pool(session, gym, job.now)
    pool = pool or train_pool(job.factory, gym, job.now)
    if pool is None:
        return (
            f"The rules are used: {shortage}, and all gyms together have too little for a pooled"
            " one."
        )
    weights = fit_gym_intercept(pool.weights, train)
    # What brings the model back to the pool's own level, for the next small gym.
    weights = weights | {"pool_intercept": pool.weights["calibration"]["intercept"]}
    current = _comparable(material.current[ChurnLabel.LAPSE])
    candidate = _measure_pooled(material, pool, weights, train, test, is_first=current is None)
    if current is not None and not _is_enough(test):
        candidate.decision = (
            f"Not promoted: this gym has too few outcomes to decide whether it is better than"
            f" version {current[0]}."
        )
    else:
        decide([candidate], candidate, test, current)
    candidate.decision = f"{candidate.decision} It is a pooled model: {shortage}."
    about = {
        "scope": ModelScope.POOLED,
        "train_from": pool.train_from,
        "train_to": pool.train_to,
        "data_sha256": pool.data_sha256,
        "rows": pool.rows,
        "events": pool.events,
    }
    limits = ("Learned from demo gyms too, whose members are simulated.",) * (
        pool.about["simulated"] and not gym.is_demo
    )
    finished = concatenate([train, test])
    baseline = make_baseline(train.X, names_of(weights)) if len(train) else {}
    return [_make(material, candidate, about, baseline, finished, limits)]


def _is_enough(test: Samples) -> bool:
    return len(test) >= MIN_TEST_ROWS and int(test.y.sum()) >= MIN_TEST_EVENTS


def _measure_pooled(
    material: Material,
    pool: Pool,
    weights: Weights,
    train: Samples,
    test: Samples,
    *,
    is_first: bool,
) -> Candidate:
    """On the gym's own newest window where it has enough outcomes, else on the pool's."""
    if _is_enough(test):
        prior = float(train.y.mean()) if len(train) else pool.events / pool.rows
        own = measure_candidate(
            Algorithm.LOGISTIC, weights, prior, test, material.windows, is_first=is_first
        )
        own.metrics["pool"] = pool.about
        return own
    gates = [Gate(**gate) for gate in pool.about["gates"]]
    if not fits(pool.about, material.gym):
        gates.append(
            Gate(
                "proof on this gym",
                False,
                "it was learned from simulated members, and this gym has too few outcomes to show"
                " that it holds here",
            )
        )
    measured = {name: pool.about[name] for name in ("newest_window", "all", "established",
                                                    "calibration", "prior", "rules")}  # fmt: skip
    metrics = measured | {"pool": pool.about, "measured_on": "all gyms of the pool"}
    return Candidate(Algorithm.LOGISTIC, weights, np.empty(0), metrics, gates)


def _comparable(model: ChurnModel | None) -> tuple[int, Weights] | None:
    if model is None or model.code_version != CODE_VERSION:
        return None
    return model.model_id, model.weights


def names_of(weights: Weights) -> Sequence[str]:
    return list(dict.fromkeys(feature["name"] for feature in weights["features"]))


def _judged_today(material: Material, label: ChurnLabel) -> Any:
    number = to_day_number(material.day)
    members = find_scored(material.history, number, label)
    return features_of(material.history, members, number)


def _make(
    material: Material,
    candidate: Candidate,
    about: Mapping[str, Any],
    baseline: Baseline,
    finished: Samples,
    limits: Sequence[str] = (),
) -> Stored:
    label = finished.label
    drift = describe_drift(
        candidate.weights,
        baseline,
        about["train_to"],
        _judged_today(material, label),
        finished,
    )
    metrics = candidate.metrics | {
        "limits": list(limits),
        "gates": [asdict(gate) for gate in candidate.gates],
        "past_scores": material.past[label],
        "baseline": baseline,
    }
    version = Version(
        label=label,
        algorithm=candidate.algorithm,
        code_version=CODE_VERSION,
        as_of=material.day,
        weights=candidate.weights,
        metrics=metrics,
        drift=drift,
        decision=candidate.decision,
        **about,
    )
    card = write_card(material.gym.name, version)
    return Stored(replace(version, card=card), candidate.is_promoted)


def _store(
    session: Session, material: Material, found: Sequence[Stored], *, now: datetime
) -> dict[str, Any]:
    """Keep the versions of a label, promote the chosen one, and warn of drift."""
    gym_id, label = material.gym.gym_id, found[0].version.label
    result: dict[str, Any] = {"model_ids": []}
    for stored in found:
        model_id = store_version(session, gym_id, stored.version)
        result["model_ids"].append(model_id)
        result.setdefault("decision", stored.version.decision)
        if stored.is_promoted:
            promote(session, gym_id, model_id, now=now)
            result |= {"promoted": model_id, "decision": stored.version.decision}
    current = find_current(session, gym_id, label)
    if current is not None:
        if "promoted" not in result:
            _renew(material, current)
        result["alarms"] = current.drift["alarms"]
        for alarm in result["alarms"]:
            about = {"gym_id": gym_id, "label": label, "alarm": alarm}
            log.warning("churn_drift", extra=about)
    return result


def _renew(material: Material, model: ChurnModel) -> None:
    """Measure how an active version has held since, and update its card."""
    comparable = _comparable(model)
    if comparable is None:
        return
    label = ChurnLabel(model.label)
    model.drift = describe_drift(
        model.weights,
        model.metrics["baseline"],
        model.train_to,
        _judged_today(material, label),
        concatenate(build_both(material.history, material.windows, label)),
    )
    model.metrics = model.metrics | {"past_scores": material.past[label]}
    model.card = write_card(material.gym.name, read_version(model))
