"""What renews by itself does so once for each term, however long nobody was there for it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import sessionmaker

from db.member_facts import write_freely
from db.models import Gym, MembershipTerm
from db.queue.catalogue import JOBS, RENEWALS, load_handlers
from db.queue.jobs import add_job, process_job
from db.session import GymSession, session_scope
from db.types import GymId
from tests.factories.members import create_member, create_plan
from tests.factories.paid_days import WRONG_PAID_DAYS
from tests.fixtures.api import NOON, ApiClient

URL = "/api/v1/memberships"
InGym = Callable[[int], AbstractContextManager[GymSession]]
Run = Callable[[datetime], None]


@pytest.fixture
def assign(owner: ApiClient, gym: Gym, in_gym: InGym) -> Callable[..., int]:
    def make(**over: Any) -> int:
        with in_gym(gym.gym_id) as session:
            member = create_member(session, gym=gym)
            plan = create_plan(
                session,
                gym=gym,
                duration_months=1,
                price="30.00",
                renews_automatically=True,
                notice_days=30,
            )
            body = {"member_id": member.member_id, "plan_id": plan.plan_id} | over
        key: int = owner.post(URL, json=body).json()["membership_id"]
        return key

    return make


@pytest.fixture
def run(gym: Gym, app_sessions: sessionmaker[GymSession]) -> Run:
    """The job of a day, as the worker does it."""
    gym_id = GymId(gym.gym_id)

    def do(now: datetime) -> None:
        with session_scope(app_sessions, gym_id) as session:
            job_id = add_job(session, gym_id, RENEWALS, now.isoformat())
        assert job_id is not None
        process_job(app_sessions, load_handlers(JOBS, settings=None), gym_id, job_id, now=now)

    return do


@pytest.fixture
def terms(gym: Gym, in_gym: InGym) -> Callable[[int], list[tuple[int, date]]]:
    def read(key: int) -> list[tuple[int, date]]:
        found = select(MembershipTerm.term, MembershipTerm.renewed_on).where(
            MembershipTerm.in_gym(gym.gym_id), MembershipTerm.membership_id == key
        )
        with in_gym(gym.gym_id) as session:
            assert session.execute(WRONG_PAID_DAYS, {"gym_id": gym.gym_id}).all() == []
            return sorted((term, day) for term, day in session.execute(found))

    return read


FIRST = (1, date(2026, 11, 18))


def test_d_ff_21_three_days_without_the_job_are_made_up_once(
    assign: Callable[..., int], run: Run, terms: Any
) -> None:
    """A month that began on 18 November is over on 17 December; nobody was there until the 21st."""
    key = assign()
    run(NOON + timedelta(days=29))
    assert terms(key) == [FIRST]
    for days in (33, 33.1, 34):
        run(NOON + timedelta(days=days))
        assert terms(key) == [FIRST, (2, date(2026, 12, 18))]


def test_several_terms_that_were_missed_are_all_there(
    assign: Callable[..., int], run: Run, terms: Any
) -> None:
    key = assign()
    run(NOON + timedelta(days=95))
    days = [date(2026, 12, 18), date(2027, 1, 18), date(2027, 2, 18)]
    assert terms(key) == [FIRST, *enumerate(days, start=2)]


def test_no_term_begins_while_it_rests_or_after_the_last_day(
    owner: ApiClient, assign: Callable[..., int], run: Run, terms: Any
) -> None:
    frozen, ended, by_hand = assign(), assign(), assign(renews_automatically=False)
    owner.post(f"{URL}/{frozen}/freeze", json={"starts_on": "2026-12-18", "ends_on": "2026-12-31"})
    owner.post(f"{URL}/{ended}/cancel", json={"reason": "other", "last_day": "2026-12-17"})
    run(NOON + timedelta(days=40))
    assert terms(frozen) == terms(ended) == terms(by_hand) == [FIRST]
    run(NOON + timedelta(days=44))
    assert terms(frozen) == [FIRST, (2, date(2027, 1, 1))]


def test_a_page_shows_what_has_come_due_before_the_job_was_there(
    owner: ApiClient, assign: Callable[..., int], clock: Any, run: Run, terms: Any
) -> None:
    key = assign()
    clock.advance(days=35)
    detail = owner.get(f"{URL}/{key}").json()
    assert (detail["paid_until"], detail["next_term"]) == ("2027-01-17", 3)
    assert owner.post(f"{URL}/{key}/renew", json={"term": 3}).status_code == 200
    run(clock.now)
    assert [term for term, _ in terms(key)] == [1, 2, 3]


def test_a_database_that_lost_a_day_is_found(gym: Gym, in_gym: InGym, assign: Any) -> None:
    """The checksum of the tests above finds what it is for."""
    key = assign()
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        session.execute(
            text("update memberships set paid_until = paid_until - 1 where membership_id = :key"),
            {"key": key},
        )
        found = session.execute(WRONG_PAID_DAYS, {"gym_id": gym.gym_id}).scalars().all()
        assert found == [key]
        session.rollback()
