"""A door log becomes visits: once, in the right gym, and with every figure that hangs on it."""

import io
import random
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import sessionmaker

from core.importing import ImportFile, Kind
from db import planning
from db.addresses import keep_address
from db.as_of import read_as_of
from db.loading import ImportRunning, LoadResult, imports, load_import
from db.member_facts import write_freely
from db.models import CheckIn, Gym, Import, ImportProblem, Member, MemberStats, User, VisitHour
from db.session import GymSession, session_scope
from db.stats.member_stats import refresh_member_stats
from db.stats.visit_hours import rebuild_visit_hours
from db.types import GymId
from tests.etl.door_log import ZONE, count_visits, find_real_log, read_log, simulate_taps, write_log
from tests.factories.members import create_member, create_visits
from tests.fixtures.planner import count_analyses

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def gym(make_gym: Callable[..., Gym]) -> Gym:
    return make_gym(timezone=ZONE)


def load(session: GymSession, gym: Gym, content: bytes | str, **over: Any) -> LoadResult:
    raw = content.encode() if isinstance(content, str) else content
    options: dict[str, Any] = {"kind": Kind.VISITS, "filename": "door.csv", "now": NOW}
    source = ImportFile(
        io.BytesIO(raw), timezone=gym.timezone, **options, keep_address=keep_address
    )
    user_id = session.scalars(select(User.user_id).where(User.gym_id == gym.gym_id)).first()
    assert user_id is not None
    return load_import(session, gym, source, created_by=user_id, now=NOW, **over)


def counts(result: LoadResult) -> tuple[int, int, int, int, int]:
    record = result.record
    return (record.rows, record.loaded, record.duplicates, record.unchanged, record.error_count)


def look(session: GymSession, gym: Gym) -> dict[str, list[datetime]]:
    rows = session.execute(
        select(Member.number, CheckIn.check_in)
        .join(CheckIn, CheckIn.member_id == Member.member_id)
        .where(Member.gym_id == gym.gym_id, CheckIn.gym_id == gym.gym_id)
        .order_by(CheckIn.check_in)
    )
    seen: dict[str, list[datetime]] = {}
    for number, check_in in rows:
        seen.setdefault(number, []).append(check_in.astimezone(UTC))
    return seen


def snapshot(session: GymSession, gym: Gym) -> list[Any]:
    """Everything an import may touch, except the records of the imports themselves."""
    tables = (Member, CheckIn, MemberStats, VisitHour)
    return [
        session.execute(
            select(*model.__table__.columns)
            .where(model.gym_id == gym.gym_id)
            .order_by(*model.__table__.primary_key.columns)
        ).all()
        for model in tables
    ]


@pytest.mark.parametrize("seed", range(4))
def test_a_log_becomes_the_visits_that_a_plain_reading_finds(
    gym: Gym, in_gym: InGym, seed: int
) -> None:
    taps = simulate_taps(seed=seed)
    expected = count_visits(taps)
    with in_gym(gym.gym_id) as session:
        result = load(session, gym, write_log(taps))
    visits = sum(map(len, expected.values()))
    assert len(taps) > visits
    assert counts(result) == (len(taps), visits, len(taps) - visits, 0, 0)
    with in_gym(gym.gym_id) as session:
        assert look(session, gym) == expected


def test_lines_in_any_order_say_the_same(gym: Gym, in_gym: InGym) -> None:
    taps = simulate_taps(seed=9)
    with in_gym(gym.gym_id) as session:
        load(session, gym, write_log(reversed(taps)))
        assert look(session, gym) == count_visits(taps)


def test_a_second_run_changes_nothing(gym: Gym, in_gym: InGym) -> None:
    log = write_log(simulate_taps(seed=5))
    with in_gym(gym.gym_id) as session:
        first = load(session, gym, log)
        before = snapshot(session, gym)
    with in_gym(gym.gym_id) as session:
        again = load(session, gym, log)
        assert snapshot(session, gym) == before
    rows, loaded, duplicates, *_ = counts(first)
    assert counts(again) == (rows, 0, duplicates, loaded, 0)


def test_a_log_in_two_overlapping_halves_is_the_log(gym: Gym, in_gym: InGym) -> None:
    taps = simulate_taps(seed=6)
    cut = len(taps) // 2
    with in_gym(gym.gym_id) as session:
        load(session, gym, write_log(taps[cut - 100 :]))
    with in_gym(gym.gym_id) as session:
        load(session, gym, write_log(taps[: cut + 100]))
        expected = count_visits(taps)
        # A chain of taps that the cut goes through may begin a visit of its own.
        assert sum(map(len, look(session, gym).values())) - sum(map(len, expected.values())) <= 2


def test_statistics_and_hours_are_as_a_rebuild_says(gym: Gym, in_gym: InGym) -> None:
    taps = simulate_taps(seed=7)
    with in_gym(gym.gym_id) as session:
        load(session, gym, write_log(taps[:700]))
    with in_gym(gym.gym_id) as session:
        load(session, gym, write_log(taps[500:]))
        kept = snapshot(session, gym)
        session.execute(delete(MemberStats).where(MemberStats.gym_id == gym.gym_id))
        refresh_member_stats(session, gym.gym_id)
        rebuild_visit_hours(session, gym.gym_id)
        assert snapshot(session, gym) == kept


def test_members_known_only_by_number_are_made_and_nobody_may_mail_them(
    gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        load(
            session,
            gym,
            "member,entered_at\n3587,2024-01-01T00:30:00+01:00\n3587,2024-01-05T18:00:00+01:00\n",
        )
        member = session.scalars(select(Member).where(Member.gym_id == gym.gym_id)).one()
        assert (member.number, member.name, member.email) == ("3587", "Member 3587", None)
        assert member.join_date == date(2024, 1, 1)
        assert (member.email_consent, member.status) == ("unknown", "active")
        stats = session.scalars(select(MemberStats).where(MemberStats.gym_id == gym.gym_id)).one()
        assert (stats.visits, stats.first_visit_on) == (2, date(2024, 1, 1))


def test_an_older_log_moves_a_guessed_join_date_back(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        load(session, gym, "member,entered_at\n7,2024-02-01 10:00\n")
    with in_gym(gym.gym_id) as session:
        known = create_member(session, gym=gym, number="8", join_date=date(2024, 2, 1))
        load(session, gym, "member,entered_at\n7,2024-01-02 10:00\n8,2024-01-02 10:00\n")
        guessed = session.scalars(
            select(Member).where(Member.gym_id == gym.gym_id, Member.number == "7")
        ).one()
        session.refresh(guessed)
        session.refresh(known)
        assert guessed.join_date == date(2024, 1, 2)
        assert known.join_date == date(2024, 2, 1)


@pytest.mark.parametrize(("minutes", "is_new"), [(-11, True), (-10, False), (-5, False), (0, False),
                                                 (5, False), (10, False), (11, True)])  # fmt: skip
def test_a_tap_near_a_visit_recorded_at_the_desk_is_that_visit(
    gym: Gym, in_gym: InGym, minutes: int, is_new: bool
) -> None:
    at = datetime(2024, 5, 6, 18, 0, tzinfo=UTC)
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym, number="12", join_date=date(2024, 1, 1))
        write_freely(session)
        session.add(CheckIn(gym_id=gym.gym_id, member_id=member.member_id, check_in=at))
        session.flush()
        tap = at + timedelta(minutes=minutes)
        result = load(session, gym, f"member,entered_at\n12,{tap.isoformat()}\n")
        assert result.record.loaded == int(is_new)
        assert result.record.unchanged == int(minutes == 0)
        assert result.record.duplicates == int(not is_new and minutes != 0)


def test_a_tap_while_still_inside_is_the_same_visit(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym, number="12", join_date=date(2024, 1, 1))
        create_visits(session, gym=gym, member=member, at=[datetime(2024, 5, 6, 18, tzinfo=UTC)])
        result = load(session, gym, "member,in,out\n12,2024-05-06T18:40Z,\n12,2024-05-06T19:05Z,\n")
        assert (result.record.loaded, result.record.duplicates) == (1, 1)


def test_the_last_exit_of_several_taps_ends_the_visit(gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        load(session, gym, "member,in,out\n12,2024-05-06T18:00Z,\n12,2024-05-06T18:02Z,"
             "2024-05-06T19:00Z\n")  # fmt: skip
        visit = session.scalars(select(CheckIn).where(CheckIn.gym_id == gym.gym_id)).one()
        assert visit.check_out == datetime(2024, 5, 6, 19, tzinfo=UTC)


def test_a_dry_run_says_what_a_real_run_does_and_writes_no_member(gym: Gym, in_gym: InGym) -> None:
    log = write_log(simulate_taps(seed=3)) + b"77,yesterday,1\n"
    with in_gym(gym.gym_id) as session:
        before = snapshot(session, gym)
        dry = load(session, gym, log, dry_run=True)
        assert snapshot(session, gym) == before
        assert dry.record.state == "checked"
    with in_gym(gym.gym_id) as session:
        real = load(session, gym, log)
        assert real.record.state == "done"
    assert counts(dry) == counts(real)
    assert counts(real)[4] == 1
    with in_gym(gym.gym_id) as session:
        problems = session.scalars(
            select(ImportProblem).where(ImportProblem.gym_id == gym.gym_id)
        ).all()
    assert [problem.field for problem in problems] == ["check_in", "check_in"]
    assert problems[0].row == {"member": "77", "entered_at": "yesterday", "token_type": "1"}


@pytest.mark.parametrize("body", ["", "7,never\n,2024-01-01 10:00\n"])
def test_a_file_without_a_usable_row_fails_and_changes_nothing(
    gym: Gym, in_gym: InGym, body: str
) -> None:
    with in_gym(gym.gym_id) as session:
        before = snapshot(session, gym)
        result = load(session, gym, "member,entered_at\n" + body)
        assert snapshot(session, gym) == before
    assert result.record.state == "failed"
    assert result.record.problem


def test_only_the_first_ten_thousand_refused_rows_are_kept_and_all_are_counted(
    gym: Gym, in_gym: InGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "STORED_PROBLEMS", 3)
    with in_gym(gym.gym_id) as session:
        result = load(session, gym, "member,entered_at\n1,2024-01-01 10:00\n" + "1,x\n" * 10)
        kept = session.scalar(
            select(func.count())
            .select_from(ImportProblem)
            .where(ImportProblem.gym_id == gym.gym_id)
        )
    assert (result.record.error_count, kept) == (10, 3)


def test_a_file_that_breaks_half_way_leaves_nothing(gym: Gym, in_gym: InGym) -> None:
    log = write_log(simulate_taps(seed=1)) + b'9,"never closed' + b"\n1,2" * 50_000
    with in_gym(gym.gym_id) as session:
        before = snapshot(session, gym)
    with pytest.raises(Exception, match="quotation mark"), in_gym(gym.gym_id) as session:
        load(session, gym, log)
    with in_gym(gym.gym_id) as session:
        assert snapshot(session, gym) == before
        assert session.scalars(select(Import).where(Import.gym_id == gym.gym_id)).all() == []


def test_d_ff_7_a_file_of_one_gym_never_touches_another(
    gym: Gym, other_gym: Gym, in_gym: InGym, ops_session: GymSession
) -> None:
    taps = simulate_taps(seed=2)
    with in_gym(other_gym.gym_id) as session:
        for number in ("3500", "3501"):
            create_member(session, gym=other_gym, number=number)
        load(session, other_gym, write_log(taps[:200]))
    before = snapshot(ops_session, other_gym)
    with in_gym(gym.gym_id) as session:
        load(session, gym, write_log(taps[:-100]))
    # Also as the command does it, whose role row-level security does not bind.
    load(ops_session, gym, write_log(taps))
    ops_session.commit()
    assert snapshot(ops_session, other_gym) == before
    with in_gym(gym.gym_id) as session:
        assert look(session, gym) == count_visits(taps)


def test_two_imports_at_once_load_each_visit_once(
    gym: Gym, app_sessions: sessionmaker[GymSession]
) -> None:
    log = write_log(simulate_taps(seed=8))
    start = threading.Barrier(4)
    results: list[tuple[int, ...]] = []

    def run() -> None:
        start.wait()
        try:
            with session_scope(app_sessions, GymId(gym.gym_id)) as session:
                results.append(counts(load(session, gym, log)))
        except ImportRunning:  # told at once, to come again
            results.append((0, 0, 0, 0, 0))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loaded = sorted(result[1] for result in results)
    assert loaded[:3] == [0, 0, 0]
    assert loaded[3] > 0
    with session_scope(app_sessions, GymId(gym.gym_id)) as session:
        kept = snapshot(session, gym)
        rebuild_visit_hours(session, gym.gym_id)
        refresh_member_stats(session, gym.gym_id)
        assert snapshot(session, gym) == kept


def test_an_import_while_another_runs_says_so(gym: Gym, in_gym: InGym) -> None:
    log = "member,entered_at\n1,2024-01-01 10:00\n"
    with in_gym(gym.gym_id) as first:
        load(first, gym, log)
        with pytest.raises(ImportRunning), in_gym(gym.gym_id) as second:
            load(second, gym, log)


def test_the_real_log_of_a_gym(gym: Gym, in_gym: InGym) -> None:
    path = find_real_log()
    if path is None:
        pytest.skip("no real door log here: COMEBACK_DATA names the folder of door_log.csv")
    taps = read_log(path)
    expected = count_visits(taps)
    within_a_minute = _count_taps_within(taps, timedelta(seconds=60))
    with in_gym(gym.gym_id) as session:
        result = load(session, gym, path.read_bytes())
        visits = sum(map(len, expected.values()))
        assert counts(result) == (len(taps), visits, len(taps) - visits, 0, 0)
        assert 0 < within_a_minute <= 1_154
        assert result.record.duplicates >= within_a_minute
        assert look(session, gym) == expected
        as_of = read_as_of(session, gym, NOW)
        assert (as_of.day, as_of.is_live) == (max(at for _, at in taps).date(), False)
        before = snapshot(session, gym)
    with in_gym(gym.gym_id) as session:
        again = load(session, gym, path.read_bytes())
        assert counts(again) == (len(taps), 0, len(taps) - visits, visits, 0)
        assert snapshot(session, gym) == before


def _count_taps_within(taps: list[tuple[str, datetime]], gap: timedelta) -> int:
    last: dict[str, datetime] = {}
    count = 0
    for number, at in sorted(taps, key=lambda tap: tap[1]):
        count += number in last and at - last[number] <= gap
        last[number] = at
    return count


@pytest.mark.parametrize("seed", range(3))
def test_pieces_in_any_order_never_make_two_visits_of_one(
    gym: Gym, in_gym: InGym, seed: int
) -> None:
    chance = random.Random(seed)
    taps = simulate_taps(seed=seed, members=8)
    chance.shuffle(taps)
    pieces = [taps[start::4] for start in range(4)]
    with in_gym(gym.gym_id) as session:
        for piece in pieces:
            load(session, gym, write_log(piece))
        for visits in look(session, gym).values():
            gaps = [after - before for before, after in pairwise(visits)]
            assert min(gaps) > timedelta(minutes=10)
        assert look(session, gym).keys() == count_visits(taps).keys()
        before = snapshot(session, gym)
        for piece in [*pieces, taps]:
            result = load(session, gym, write_log(piece))
            rows, loaded, duplicates, unchanged, refused = counts(result)
            assert (loaded, refused) == (0, 0)
            assert duplicates + unchanged == rows
        assert snapshot(session, gym) == before


def test_many_members_at_once_are_planned_for(
    gym: Gym, in_gym: InGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MANY_ROWS", 10)
    taps = simulate_taps(seed=4)
    with in_gym(gym.gym_id) as session:
        load(session, gym, write_log(taps))
        assert look(session, gym) == count_visits(taps)
        for setting in ("enable_nestloop", "jit"):
            value = session.execute(text(f"show {setting}")).scalar_one()
            assert (
                value
                == session.execute(
                    text("select reset_val from pg_settings where name = :name"), {"name": setting}
                ).scalar_one()
            )


def test_a_large_import_ends_with_a_look_of_the_planner(
    gym: Gym, in_gym: InGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planning, "MANY_ROWS", 10)
    with in_gym(gym.gym_id) as session:
        before = count_analyses(session)
        assert load(session, gym, write_log(simulate_taps(seed=4))).record.loaded > 500
        assert count_analyses(session) == before + 1
