"""Figures over HTTP: the same members counted, listed and worded the same everywhere."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import Connection, create_engine, event, text

from db.member_facts import write_freely
from db.member_words import refresh_member_words
from db.models import Gym, Payment, Role
from db.session import GymSession
from tests.factories.members import (
    create_member,
    create_membership,
    create_plan,
    create_regular_visits,
    create_transaction,
    create_visits,
)
from tests.fixtures.api import NOON, ApiClient, Clock
from tests.fixtures.postgres import MigratedDatabase

OVERVIEW = "/api/v1/analytics/overview"
AT_RISK = "/api/v1/analytics/at-risk"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def drifting(gym: Gym, in_gym: InGym) -> dict[str, int]:
    """A gym with somebody in each tab, and one regular who came today."""
    with in_gym(gym.gym_id) as session:
        dear = create_plan(session, gym=gym, name="Gold", duration_months=1, price="100.00")
        cheap = create_plan(session, gym=gym, name="Basic", duration_months=1, price="10.00")
        made = {}
        for name, away, plan in (
            ("Dora Dear", 20, dear),
            ("Carl Cheap", 20, cheap),
            ("Gina Gone", 60, dear),
            ("Rita Regular", 0, dear),
        ):
            member = create_member(session, gym=gym, name=name)
            create_membership(session, gym=gym, member=member, plan=plan)
            create_regular_visits(
                session,
                gym=gym,
                member=member,
                last=NOON - timedelta(days=away),
                every_days=3,
                count=30,
            )
            made[name] = member.member_id
        made["Nils New"] = create_member(session, gym=gym, name="Nils New").member_id
        return made


def test_d_g3_9_the_count_equals_the_list_and_ids_are_unique(
    owner: ApiClient, drifting: dict[str, int]
) -> None:
    overview = owner.get(OVERVIEW).json()
    pages = [owner.get(AT_RISK, params={"page": page, "size": 2}).json() for page in (1, 2, 3)]
    ids = [item["member_id"] for page in pages for item in page["items"]]
    assert len(ids) == len(set(ids)) == overview["at_risk"] == pages[0]["total"] == 4
    assert overview["active_members"] == 5
    tabs = overview["at_risk_tabs"]
    assert tabs == {"drifting": 2, "gone": 1, "not_started": 1, "all": 4}
    for tab, count in tabs.items():
        assert owner.get(AT_RISK, params={"tab": tab}).json()["total"] == count


def test_d_g3_10_list_page_and_overview_give_the_same_days(
    owner: ApiClient, drifting: dict[str, int], clock: Clock
) -> None:
    clock.advance(days=2)
    member_id = drifting["Dora Dear"]
    [item] = [item for item in owner.get(AT_RISK).json()["items"] if item["member_id"] == member_id]
    detail = owner.get(f"/api/v1/members/{member_id}").json()
    listed = owner.get("/api/v1/members", params={"search": "dora"}).json()["items"][0]
    assert item["inactive_days"] == detail["inactive_days"] == listed["inactive_days"] == 22
    assert item["reasons"] == detail["reasons"]


def test_first_comes_what_can_still_be_saved(owner: ApiClient, drifting: dict[str, int]) -> None:
    body = owner.get(AT_RISK).json()
    names = [item["name"] for item in body["items"]]
    assert names.index("Gina Gone") < names.index("Dora Dear"), "same money, more open"
    assert names.index("Dora Dear") < names.index("Carl Cheap"), "same chance, more money"
    assert body["yearly_value"] == 1200 + 120 + 1200
    first = body["items"][names.index("Dora Dear")]
    assert first["yearly_value"] == 1200
    assert first["plan_name"] == "Gold"
    assert len(first["visits_per_week"]) == 12
    assert 0 < first["risk"] < 1
    assert first["reasons"][0]["text"] == "No visit for 20 days, usually every 3 days"


def test_a_check_in_takes_the_member_off_list_and_count_at_once(
    owner: ApiClient, drifting: dict[str, int]
) -> None:
    for _ in range(2):
        owner.post("/api/v1/check-ins", json={"member_id": drifting["Nils New"]})
    body = owner.get(AT_RISK).json()
    assert drifting["Nils New"] not in [item["member_id"] for item in body["items"]]
    assert owner.get(OVERVIEW).json()["at_risk"] == body["total"] == 3


def test_days_on_which_the_gym_was_closed_are_no_absence_anywhere(
    owner: ApiClient, drifting: dict[str, int]
) -> None:
    """List, count, ids, recipients, the member's page and the words."""
    mail = {"subject": "Hi", "body": "Come!", "filter": {"tab": "drifting"}}
    preview = "/api/v1/campaigns/preview"
    assert owner.get(AT_RISK, params={"tab": "drifting"}).json()["total"] == 2
    assert owner.post(preview, json=mail).json()["will_send"] == 2
    closed = {"starts_on": "2026-11-01", "ends_on": "2026-11-07", "reason": "Painting"}
    path = "/api/v1/locations/closures"
    closure_id = owner.post(path, json=closed).json()["closure_id"]
    page = owner.get(AT_RISK).json()
    reasons = {row["name"]: row["reasons"][0]["text"] for row in page["items"]}
    assert reasons.keys() == {"Gina Gone", "Nils New"}
    assert reasons["Gina Gone"].startswith("No visit for 53 days")
    ids = owner.get(f"{AT_RISK}/ids", params={"tab": "all"}).json()
    assert ids["total"] == page["total"] == 2
    assert owner.get(OVERVIEW).json()["at_risk"] == 2
    assert owner.post(preview, json=mail).json()["will_send"] == 0
    dora = owner.get(f"/api/v1/members/{drifting['Dora Dear']}").json()
    assert (dora["inactive_days"], dora["reasons"]) == (20, [])
    owner.delete(f"{path}/{closure_id}")
    assert owner.get(AT_RISK, params={"tab": "drifting"}).json()["total"] == 2


def test_a_closure_of_one_of_two_locations_keeps_nobody_from_coming(
    owner: ApiClient, drifting: dict[str, int]
) -> None:
    [first] = owner.get("/api/v1/locations").json()["items"]
    other = owner.post("/api/v1/locations", json={"name": "Annex"}).json()
    closed = {"starts_on": "2026-11-01", "ends_on": "2026-11-07"}
    for location, drifters in ((first, 2), (other, 0)):
        body = closed | {"location_id": location["location_id"]}
        assert owner.post("/api/v1/locations/closures", json=body).status_code == 201
        assert owner.get(AT_RISK, params={"tab": "drifting"}).json()["total"] == drifters


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({"search": "DORA"}, {"Dora Dear"}),
        ({"reason": "not_started"}, {"Nils New"}),
        ({"reason": "no_visit", "tab": "gone"}, {"Gina Gone"}),
        ({"search": "nobody"}, set()),
    ],
)
def test_filters_hold_for_list_and_ids_alike(
    owner: ApiClient, drifting: dict[str, int], filters: dict[str, str], names: set[str]
) -> None:
    body = owner.get(AT_RISK, params=filters).json()
    assert {item["name"] for item in body["items"]} == names
    ids = owner.get(f"{AT_RISK}/ids", params=filters).json()
    assert set(ids["member_ids"]) == {drifting[name] for name in names}
    assert ids["total"] == body["total"] == len(names)


@pytest.mark.parametrize(
    "sort", ["-saveable", "name", "inactive_days", "-inactive_days", "-yearly_value"]
)
def test_every_order_lists_everybody(owner: ApiClient, drifting: dict[str, int], sort: str) -> None:
    body = owner.get(AT_RISK, params={"sort": sort}).json()
    assert len(body["items"]) == 4
    if sort == "name":
        names = [item["name"] for item in body["items"]]
        assert names == sorted(names)


def test_a_failed_payment_and_a_near_end_are_told_beside_the_risk(
    owner: ApiClient, gym: Gym, in_gym: InGym, drifting: dict[str, int]
) -> None:
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        session.add(
            Payment(
                gym_id=gym.gym_id,
                member_id=drifting["Dora Dear"],
                amount=10000,
                currency="EUR",
                state="failed",
                due_on=NOON.date() - timedelta(days=3),
            )
        )
    [item] = owner.get(AT_RISK, params={"reason": "payment_failed"}).json()["items"]
    assert item["name"] == "Dora Dear"
    codes = [reason["code"] for reason in item["reasons"]]
    assert codes == ["no_visit", "visits_down", "payment_failed"]


def test_who_cannot_be_mailed_is_said_with_the_reason(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        for name, over in {
            "a": {"email": None},
            "b": {"email_consent": "unknown"},
            "c": {"email_consent": "unsubscribed"},
            "d": {},
        }.items():
            create_member(session, gym=gym, name=name, **over)
    items = owner.get(AT_RISK, params={"sort": "name"}).json()["items"]
    assert [(item["name"], item["email_block"], item["can_email"]) for item in items] == [
        ("a", "no_address", False),
        ("b", "no_consent", False),
        ("c", "unsubscribed", False),
        ("d", None, True),
    ]


def test_d_g3_16_visits_are_counted_not_people(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        create_visits(
            session,
            gym=gym,
            member=member,
            at=[NOON - timedelta(days=1, hours=hours) for hours in (0, 4, 8)],
        )
    body = owner.get(OVERVIEW).json()
    assert body["visits_7_days"] == 3
    assert body["weekly_visits"][-1] == {"week": "2026-11-12", "visits": 3}


def test_an_imported_history_is_read_as_of_its_last_day(
    make_gym: Callable[..., Gym], sign_in_as: Callable[..., ApiClient], in_gym: InGym
) -> None:
    gym = make_gym(timezone="Europe/Copenhagen")
    with in_gym(gym.gym_id) as session:
        regular = create_member(session, gym=gym, join_date=datetime(2024, 1, 1, tzinfo=UTC))
        create_regular_visits(
            session,
            gym=gym,
            member=regular,
            last=datetime(2024, 6, 30, 16, tzinfo=UTC),
            every_days=2,
            count=40,
        )
    owner = sign_in_as(Role.OWNER, gym=gym)
    body = owner.get(OVERVIEW).json()
    assert body["as_of"] == "2024-06-30T21:59:59.999999Z"
    assert body["as_of_is_live"] is False
    assert body["at_risk"] == 0
    visits = owner.get("/api/v1/analytics/visits", params={"days": 7}).json()
    assert visits["days"][-1] == {"day": "2024-06-30", "visits": 1}


def test_revenue_is_what_came_in_less_what_went_back(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        create_transaction(session, gym=gym, member=member, at=NOON, amount=5000)
        create_transaction(session, gym=gym, member=member, at=NOON, amount=-1001, kind="refund")
        create_transaction(
            session, gym=gym, member=member, at=NOON - timedelta(days=40), amount=700
        )
    body = owner.get(OVERVIEW).json()
    assert (body["revenue_30_days"], body["revenue_30_days_before"]) == (39.99, 7.0)


def test_d_g3_14_an_empty_gym_has_figures_of_nothing(owner: ApiClient) -> None:
    body = owner.get(OVERVIEW).json()
    assert (body["active_members"], body["at_risk"], body["visits_7_days"]) == (0, 0, 0)
    assert body["retention_rate"] is None
    assert owner.get(AT_RISK).json()["items"] == []
    assert owner.get("/api/v1/analytics/segments").json()["segments"] == []
    assert owner.get("/api/v1/analytics/retention").json()["total"] is None
    assert len(owner.get("/api/v1/analytics/visits").json()["days"]) == 90


def test_nothing_of_another_gym_is_counted(owner: ApiClient, other_gym: Gym, in_gym: InGym) -> None:
    with in_gym(other_gym.gym_id) as session:
        member = create_member(session, gym=other_gym)
        create_visits(session, gym=other_gym, member=member, at=[NOON])
    body = owner.get(OVERVIEW).json()
    assert (body["active_members"], body["visits_7_days"]) == (0, 0)


def test_the_desk_does_not_see_the_figures(sign_in_as: Callable[..., ApiClient]) -> None:
    assert sign_in_as(Role.RECEPTIONIST).get(OVERVIEW).status_code == 403


def _import_members(session: GymSession, gym: Gym, count: int) -> None:
    write_freely(session)
    place = {"gym_id": gym.gym_id, "count": count}
    session.execute(
        text(
            "insert into customers (gym_id, number, name, name_key, join_date)"
            " select :gym_id, n::text, 'Imported ' || n, 'imported ' || n, date '2026-01-05'"
            " from generate_series(1, :count) n"
        ),
        place,
    )
    session.execute(
        text(
            "insert into member_stats (gym_id, customer_id, join_date)"
            " select gym_id, customer_id, join_date from customers where gym_id = :gym_id"
        ),
        place,
    )
    refresh_member_words(session, gym.gym_id)
    session.commit()


def test_a_search_is_quick_in_a_gym_that_postgresql_takes_for_empty(
    owner: ApiClient,
    gym: Gym,
    other_gym: Gym,
    ops_session: GymSession,
    api_app: FastAPI,
    api_database: MigratedDatabase,
) -> None:
    """As for some seconds after an import: the statistics know other gyms' rows only."""
    _import_members(ops_session, other_gym, 10_000)
    owner_of_tables = create_engine(api_database.migrator_url)
    with owner_of_tables.begin() as connection:
        connection.exec_driver_sql("analyze customers, member_stats, member_words")
    owner_of_tables.dispose()
    _import_members(ops_session, gym, 5_000)
    with hurry(api_app):
        found = owner.get(AT_RISK, params={"search": "Imported 4711"})
        assert found.status_code == 200, found.text
        assert [item["name"] for item in found.json()["items"]] == ["Imported 4711"]
        ids = owner.get(f"{AT_RISK}/ids", params={"search": "Imported 471"}).json()
        assert ids["total"] == 11


@contextmanager
def hurry(app: FastAPI) -> Iterator[None]:
    """Statements may take as long as in production, and no longer."""

    def limit(connection: Connection) -> None:
        connection.exec_driver_sql("set local statement_timeout = '5s'")

    event.listen(app.state.engine, "begin", limit)
    yield
    event.remove(app.state.engine, "begin", limit)
