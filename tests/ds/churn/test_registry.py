"""The registry: exactly one version is active at any time."""

import threading
from dataclasses import replace

import pytest

from db.models.churn import ChurnLabel
from db.session import session_scope
from ds.churn.registry import (
    UnknownVersion,
    find_current,
    list_versions,
    promote,
    read_version,
    store_version,
)
from tests.ds.churn.work import NOW, SMALL_OWNER, Workplace


def test_a_reader_never_finds_none_or_two(trained: Workplace) -> None:
    gym = trained.gym()
    with session_scope(trained.factory) as session:
        numbers = [
            one.model_id
            for one in list_versions(session, gym.gym_id)
            if one.label == ChurnLabel.LAPSE
        ]
    problems: list[object] = []
    stop = threading.Event()

    def switch(turn: int) -> None:
        try:
            for number in range(30):
                with session_scope(trained.factory) as session:
                    promote(session, gym.gym_id, numbers[(number + turn) % 3], now=NOW)
        except Exception as problem:
            problems.append(problem)

    def look() -> None:
        while not stop.is_set():
            found = trained.query(
                "select count(*) from churn_models"
                " where gym_id = :gym_id and label = 'lapse' and is_current",
                gym_id=gym.gym_id,
            )
            if found != [(1,)]:
                problems.append(found)

    switchers = [threading.Thread(target=switch, args=(turn,)) for turn in range(2)]
    reader = threading.Thread(target=look)
    for thread in (reader, *switchers):
        thread.start()
    for thread in switchers:
        thread.join()
    stop.set()
    reader.join()
    assert problems == []


def test_only_the_label_and_the_gym_asked_for_change(trained: Workplace) -> None:
    gym, other = trained.gym(), trained.gym(SMALL_OWNER)
    with session_scope(trained.factory) as session:
        versions = list_versions(session, gym.gym_id)
        like_it = replace(read_version(versions[0]), label=ChurnLabel.CANCEL)
        cancel_id = store_version(session, gym.gym_id, like_it)
        promote(session, gym.gym_id, cancel_id, now=NOW)
        chosen = next(one for one in versions if one.label == "lapse" and not one.is_current)
        theirs = find_current(session, other.gym_id, ChurnLabel.LAPSE)
        promote(session, gym.gym_id, chosen.model_id, now=NOW)
    with session_scope(trained.factory) as session:
        active = {label: find_current(session, gym.gym_id, label) for label in ChurnLabel}
        assert {label: one and one.model_id for label, one in active.items()} == {
            ChurnLabel.LAPSE: chosen.model_id,
            ChurnLabel.CANCEL: cancel_id,
        }
        assert theirs is not None
        still = find_current(session, other.gym_id, ChurnLabel.LAPSE)
        assert still is not None
        assert still.model_id == theirs.model_id


def test_another_gyms_version_is_unknown(trained: Workplace) -> None:
    gym, other = trained.gym(), trained.gym(SMALL_OWNER)
    with session_scope(trained.factory) as session:
        theirs = list_versions(session, other.gym_id)[0]
        with pytest.raises(UnknownVersion):
            promote(session, gym.gym_id, theirs.model_id, now=NOW)
