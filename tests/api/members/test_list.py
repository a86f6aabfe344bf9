"""The list of members: every order both ways, every filter, and the total that belongs to it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import sessionmaker

from api.members.repository import MemberSort
from db.models import AnalyticsRun, Gym, RfmScore
from db.session import GymSession, session_scope
from tests.factories.members import create_member, create_membership, create_plan, create_visits
from tests.fixtures.api import NOON, ApiClient

URL = "/api/v1/members"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.mark.parametrize("sort", ["name", "join_date", "last_visit", "visits", "yearly_value"])
def test_every_order_goes_up_and_down_with_the_unknown_last(
    owner: ApiClient, gym: Gym, in_gym: InGym, sort: str
) -> None:
    with in_gym(gym.gym_id) as session:
        for rank, name in enumerate(["Ana", "Bea", "Eva"], start=1):
            member = create_member(session, gym=gym, name=name, join_date=date(2024, 1, rank))
            plan = create_plan(session, gym=gym, price=100 * rank)
            create_membership(session, gym=gym, member=member, plan=plan)
            at = [NOON - timedelta(days=10 * n - rank) for n in range(1, rank + 1)]
            create_visits(session, gym=gym, member=member, at=at)
        create_member(session, gym=gym, name="Zoe", join_date=date(2024, 1, 4))
    has_figure = sort in ("name", "join_date")
    known = ["Ana", "Bea", "Eva", "Zoe"] if has_figure else ["Ana", "Bea", "Eva"]
    if sort == "visits":
        known.insert(0, "Zoe")
    unknown = [] if "Zoe" in known else ["Zoe"]
    for sent, names in ((sort, known + unknown), (f"-{sort}", known[::-1] + unknown)):
        listed = owner.get(URL, params={"sort": sent}).json()["items"]
        assert [item["name"] for item in listed] == names, sent


@pytest.mark.parametrize("sort", list(MemberSort))
def test_pages_of_a_search_are_parts_of_the_whole_list(
    owner: ApiClient, gym: Gym, in_gym: InGym, sort: MemberSort
) -> None:
    with in_gym(gym.gym_id) as session:
        for rank in range(1, 8):
            member = create_member(
                session,
                gym=gym,
                name=f"{'XAB'[rank % 3]} Ana",
                join_date=date(2024, 1, rank % 4 + 1),
            )
            at = [NOON - timedelta(days=10 * n - rank) for n in range(1, rank % 4)]
            create_visits(session, gym=gym, member=member, at=at)
        create_member(session, gym=gym, name="Eva")

    def read(**asked: object) -> tuple[list[int], int]:
        page = owner.get(URL, params={"sort": sort, **asked}).json()
        return [item["member_id"] for item in page["items"]], page["total"]

    [eva], _ = read(search="eva")
    whole = [member_id for member_id in read()[0] if member_id != eva]
    pages = [read(search="ana", size=3, page=number) for number in (1, 2, 3, 4)]
    assert [ids for ids, _ in pages] == [whole[:3], whole[3:6], whole[6:], []]
    assert {total for _, total in pages} == {7}
    assert read(search="nobody") == ([], 0)


def test_a_member_is_found_by_their_phone(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, name="Ana", phone="+351 912 345 678", email=None)
        create_member(session, gym=gym, name="Bea", phone="+351 912 999 999", email=None)
    found = owner.get(URL, params={"search": "912345678"}).json()
    assert ([item["name"] for item in found["items"]], found["total"]) == (["Ana"], 1)


@pytest.fixture
def chosen(gym: Gym, in_gym: InGym, ops_sessions: sessionmaker[GymSession]) -> SimpleNamespace:
    """Two members of each plan, status and segment, in every combination, and two of none."""
    with session_scope(ops_sessions) as session:
        plans = [create_plan(session, gym=gym, name=name) for name in ("Gold", "Silver")]
        run = AnalyticsRun(gym_id=gym.gym_id, as_of=NOON.date(), state="done")
        session.add(run)
        session.flush()
        for plan in plans:
            for ends_on in (None, NOON.date() - timedelta(days=1)):
                for segment in ("Loyalist", "At Risk"):
                    for _ in range(2):
                        member = create_member(session, gym=gym)
                        create_membership(
                            session, gym=gym, member=member, plan=plan, ends_on=ends_on
                        )
                        score = RfmScore(
                            gym_id=gym.gym_id,
                            member_id=member.member_id,
                            recency_score=1,
                            frequency_score=1,
                            monetary_score=1,
                            customer_segment=segment,
                            run_id=run.run_id,
                        )
                        session.add(score)
        create_member(session, gym=gym)
        create_member(session, gym=gym)
        return SimpleNamespace(plan_id=plans[0].plan_id)


@pytest.mark.parametrize(
    ("names", "total"),
    [
        ((), 18),
        (("plan_id",), 8),
        (("segment",), 8),
        (("status",), 8),
        (("plan_id", "segment"), 4),
        (("plan_id", "status"), 4),
        (("segment", "status"), 4),
        (("plan_id", "segment", "status"), 2),
    ],
)
def test_filters_narrow_the_list_and_its_total_alike(
    owner: ApiClient, chosen: SimpleNamespace, names: tuple[str, ...], total: int
) -> None:
    every = {"plan_id": chosen.plan_id, "segment": "Loyalist", "status": "expired"}
    sent: dict[str, Any] = {name: every[name] for name in names}
    found = owner.get(URL, params=sent | {"size": 200}).json()
    assert (len(found["items"]), found["total"]) == (total, total)
    for item in found["items"]:
        assert {name: item[name] for name in names} == sent


def test_a_member_looks_the_same_in_the_list_and_alone(
    owner: ApiClient, chosen: SimpleNamespace
) -> None:
    items = owner.get(URL, params={"size": 200}).json()["items"]
    assert {item["plan_name"] for item in items} == {"Gold", "Silver", None}
    for item in (items[0], items[-1]):
        alone = owner.get(f"{URL}/{item['member_id']}").json()
        assert {name: alone[name] for name in item} == item
