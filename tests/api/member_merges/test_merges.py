"""Two records of one person become one, by somebody's decision, and two again."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from api.member_merges.moving import LEDGER, list_references
from db.models import Base, Gym, Member, Role
from db.row_level_security import APP_MAY_ONLY, NOT_FOR_APP
from db.session import GymSession
from tests.factories.members import create_regular_visits, create_transaction
from tests.fixtures.api import NOON, ApiClient, Clock, SignInAs

URL, MEMBERS = "/api/v1/member-merges", "/api/v1/members"
InGym = Callable[[int], AbstractContextManager[GymSession]]
LOGS = {"audit_log", "member_merges", "cache_versions", *NOT_FOR_APP}


def add(owner: ApiClient, name: str, **fields: Any) -> int:
    made = owner.post(MEMBERS, json={"name": name, **fields})
    assert made.status_code == 201, made.text
    member_id: int = made.json()["member_id"]
    return member_id


def merge(caller: ApiClient, member_id: int, into_id: int) -> Any:
    return caller.post(URL, json={"member_id": member_id, "into_id": into_id})


def fill(owner: ApiClient, gym: Gym, in_gym: InGym, member_id: int, *, weeks: int) -> None:
    path = f"{MEMBERS}/{member_id}"
    owner.put(f"{path}/tags", json={"tags": ["crew", f"tag {member_id}"]})
    owner.post(f"{path}/notes", json={"text": f"about {member_id}"})
    owner.post(f"{path}/numbers", json={"kind": "card", "value": f"card {member_id}"})
    owner.post(f"{path}/documents", files={"file": ("a.pdf", b"%PDF-1.4")})
    with in_gym(gym.gym_id) as session:
        member = session.get_one(Member, member_id)
        create_regular_visits(
            session, gym=gym, member=member, last=NOON - timedelta(days=weeks), every_days=7,
            count=weeks,
        )  # fmt: skip
        create_transaction(session, gym=gym, member=member, at=NOON, amount=weeks * 1000)


def read_rows(in_gym: InGym, gym: Gym) -> dict[str, list[str]]:
    """Every row of the gym but what logs it, without when it last changed."""
    found = {}
    with in_gym(gym.gym_id) as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in LOGS:
                columns = ", ".join(
                    f'"{column.name}"' for column in table.columns if column.name != "updated_at"
                )
                query = f"select {columns} from {table.name} where gym_id = {gym.gym_id}"
                rows = session.execute(text(query))
                found[table.name] = sorted(
                    str([bytes(one) if isinstance(one, memoryview) else one for one in row])
                    for row in rows
                )
    return found


@pytest.fixture
def two(owner: ApiClient, gym: Gym, in_gym: InGym) -> tuple[int, int]:
    ana = add(owner, "Ana Silva", number="1", email="ana@example.com", birth_date="1990-01-02")
    twin = add(owner, "Silva, Ana", number="2", email="ANA@example.com")
    fill(owner, gym, in_gym, ana, weeks=3)
    fill(owner, gym, in_gym, twin, weeks=5)
    return ana, twin


def apart(caller: ApiClient, member_id: int, other_id: int) -> Any:
    return caller.post(f"{URL}/distinct", json={"member_id": member_id, "other_id": other_id})


def test_two_people_are_not_listed_again(owner: ApiClient) -> None:
    ana, twin, third = (add(owner, "Ana Silva", email="ana@example.com") for _ in range(3))
    assert owner.get(f"{URL}/duplicates").json()["total"] == 3
    for first, second in ((ana, twin), (twin, ana), (twin, third)):
        assert apart(owner, first, second).status_code == 204
    [left] = owner.get(f"{URL}/duplicates").json()["items"]
    assert {left["first"]["member_id"], left["second"]["member_id"]} == {ana, third}
    assert apart(owner, ana, ana).json()["code"] == "same_member"
    assert apart(owner, ana, 10**9).status_code == 404


def test_what_was_said_of_two_people_is_listed_and_can_be_taken_back(
    owner: ApiClient, other_owner: ApiClient
) -> None:
    ana, twin = (add(owner, "Ana Silva", email="ana@example.com") for _ in range(2))
    apart(owner, twin, ana)
    apart(owner, ana, add(owner, "Bo"))
    pairs = owner.get(f"{URL}/distinct", params={"size": 200}).json()
    said = next(pair for pair in pairs["items"] if pair["other_id"] == twin)
    assert (said["member_id"], said["member_name"], said["other_name"]) == (ana, *["Ana Silva"] * 2)
    assert said["decided_at"] == NOON.isoformat().replace("+00:00", "Z")
    kept = f"{URL}/distinct/{twin}/{ana}"
    answer = other_owner.delete(kept)
    assert (answer.status_code, answer.json()["code"]) == (404, "pair_not_found")
    assert owner.get(f"{URL}/duplicates").json()["total"] == 0
    assert owner.delete(kept).status_code == 204
    assert owner.get(f"{URL}/duplicates").json()["total"] == 1
    assert owner.get(f"{URL}/distinct").json()["total"] == pairs["total"] - 1 == 1
    assert owner.delete(kept).status_code == 404


def test_what_is_known_of_one_record_is_known_of_the_one_that_stays(owner: ApiClient) -> None:
    """Ana is not the third, and is the twin: so the twin is not the third, until that is undone."""
    ana, third, twin = (add(owner, "Ana Silva", email="ana@example.com") for _ in range(3))
    apart(owner, ana, third)
    done = merge(owner, ana, twin).json()
    assert owner.get(f"{URL}/duplicates").json()["total"] == 0
    owner.post(f"{URL}/{done['merge_id']}/undo")
    assert owner.get(f"{URL}/duplicates").json()["total"] == 2


def test_two_people_can_be_merged_all_the_same_and_stay_two_when_it_is_undone(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    ana, twin = (add(owner, "Ana Silva", email="ana@example.com") for _ in range(2))
    apart(owner, ana, twin)
    before = read_rows(in_gym, gym)
    done = merge(owner, ana, twin).json()
    owner.post(f"{URL}/{done['merge_id']}/undo")
    assert read_rows(in_gym, gym) == before


def test_what_was_two_is_one_and_nothing_is_lost(owner: ApiClient, two: tuple[int, int]) -> None:
    ana, twin = two
    assert merge(owner, ana, twin).status_code == 201
    one = owner.get(f"{MEMBERS}/{twin}").json()
    assert (one["visits"], one["spend"]) == (8, 80)
    assert one["tags"] == sorted(["crew", f"tag {ana}", f"tag {twin}"])
    for noun, count in (("notes", 2), ("numbers", 2), ("documents", 2)):
        assert owner.get(f"{MEMBERS}/{twin}/{noun}").json()["total"] == count, noun
    assert owner.get(MEMBERS).json()["total"] == 1


def test_old_ids_cards_and_numbers_lead_on(owner: ApiClient, two: tuple[int, int]) -> None:
    ana, twin = two
    merge(owner, ana, twin)
    old = owner.get(f"{MEMBERS}/{ana}").json()
    assert (old["standing"], old["merged_into"]) == ("merged", twin)
    for number in ("1", "2", f"card {ana}", f"card {twin}"):
        found = owner.post(f"{MEMBERS}/lookup", json={"number": number}).json()
        assert found["member_id"] == twin, number
    visits = {"file": ("v.csv", "member,entered_at\n1,2026-11-02 10:00\n")}
    assert owner.post("/api/v1/imports", data={"kind": "visits"}, files=visits).status_code == 201
    members = {"file": ("m.csv", "number,name,phone\n1,Ana Silva,123\n")}
    assert owner.post("/api/v1/imports", data={"kind": "members"}, files=members).status_code == 201
    one = owner.get(f"{MEMBERS}/{twin}").json()
    assert (one["visits"], one["number"], one["phone"]) == (9, "2", "123")
    assert owner.get(MEMBERS).json()["total"] == 1


def test_merging_and_undoing_leaves_every_table_as_it_was(
    owner: ApiClient, gym: Gym, in_gym: InGym, two: tuple[int, int]
) -> None:
    before = read_rows(in_gym, gym)
    merge_id = merge(owner, *two).json()["merge_id"]
    assert read_rows(in_gym, gym) != before
    undone = owner.post(f"{URL}/{merge_id}/undo")
    assert (undone.status_code, undone.json()["can_undo"]) == (200, False)
    after = read_rows(in_gym, gym)
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {}
    again = owner.post(f"{URL}/{merge_id}/undo")
    assert (again.status_code, again.json()["code"]) == (409, "cannot_undo")


def test_what_came_after_a_merge_stays_with_the_one_it_came_to(
    owner: ApiClient, two: tuple[int, int]
) -> None:
    ana, twin = two
    merge_id = merge(owner, ana, twin).json()["merge_id"]
    owner.post(f"{MEMBERS}/{twin}/notes", json={"text": "later"})
    owner.post(f"{URL}/{merge_id}/undo")
    assert owner.get(f"{MEMBERS}/{twin}/notes").json()["total"] == 2
    assert owner.get(f"{MEMBERS}/{ana}/notes").json()["total"] == 1


def test_it_is_undone_for_thirty_days(owner: ApiClient, two: tuple[int, int], clock: Clock) -> None:
    merge_id = merge(owner, *two).json()["merge_id"]
    clock.now += timedelta(days=30, minutes=1)
    refused = owner.post(f"{URL}/{merge_id}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_undo")


def test_memberships_of_the_same_days_are_not_merged(
    owner: ApiClient, two: tuple[int, int]
) -> None:
    body = {"name": "Gold", "duration_months": 12, "price": 480}
    plan = owner.post("/api/v1/membership-plans", json=body).json()["plan_id"]
    for member_id, start in zip(two, ("2026-10-01", "2026-11-01"), strict=True):
        body = {"member_id": member_id, "plan_id": plan, "starts_on": start}
        assert owner.post("/api/v1/memberships", json=body).status_code == 201
    before = owner.get(MEMBERS).json()
    for path in (URL, f"{URL}/preview"):
        refused = owner.post(path, json={"member_id": two[0], "into_id": two[1]})
        assert (refused.status_code, refused.json()["code"]) == (409, "memberships_overlap")
    assert owner.get(MEMBERS).json() == before


def test_a_preview_says_what_a_merge_does_and_does_nothing(
    owner: ApiClient, gym: Gym, in_gym: InGym, two: tuple[int, int]
) -> None:
    owner.put(f"{MEMBERS}/{two[0]}/medical-notes", json={"text": "asthma"})
    before = read_rows(in_gym, gym)
    told = owner.post(f"{URL}/preview", json={"member_id": two[0], "into_id": two[1]}).json()
    assert read_rows(in_gym, gym) == before
    moved = {item["noun"]: item["rows"] for item in told["moved"]}
    assert (moved["check_in"], moved["transaction"], moved["member_note"]) == (3, 1, 1)
    stays = {item["noun"]: item["rows"] for item in told["stays"]}
    assert stays == {"member_tag": 1, "medical_note": 1}


def test_duplicates_are_found_by_what_they_share_and_a_name_that_is_alike(
    owner: ApiClient,
) -> None:
    ana = add(owner, "Ana Silva", email="ana@example.com", birth_date="1990-01-02")
    twin = add(owner, "Silva Ana", email="ANA@example.com", birth_date="1990-01-02")
    add(owner, "Rui Costa", email="ana@example.com")  # shares an address, as families do
    phone = add(owner, "Bo Dahl", phone="+351 912 345 678")
    same = add(owner, "Bo Dahl Jr", phone="+351912345678")
    add(owner, "Zoë Mata", birth_date="1990-01-02")
    for born, name in (("1982-09-20", "Charles Parker"), ("1983-04-26", "Charles Harris")):
        add(owner, name, phone="+351 912 345 679", birth_date=born)  # a family, by its phone
    found = owner.get(f"{URL}/duplicates").json()
    pairs = [(one["first"]["member_id"], one["second"]["member_id"]) for one in found["items"]]
    assert pairs == [(ana, twin), (phone, same)]
    assert found["items"][0]["same_by"] == ["email", "birth_date"]
    merge(owner, ana, twin)
    assert owner.get(f"{URL}/duplicates").json()["total"] == 1


def test_what_a_whole_gym_shares_makes_nobody_a_duplicate(owner: ApiClient) -> None:
    for _ in range(31):
        add(owner, "Ana Silva", email="desk@example.com")
    assert owner.get(f"{URL}/duplicates").json()["total"] == 0


def test_erasing_goes_to_what_was_merged_as_well(
    owner: ApiClient, gym: Gym, in_gym: InGym, two: tuple[int, int]
) -> None:
    ana, twin = two
    merge_id = merge(owner, ana, twin).json()["merge_id"]
    assert owner.post(f"{MEMBERS}/{twin}/erase", json={"name": "Silva, Ana"}).status_code == 204
    told = [name for name, rows in read_rows(in_gym, gym).items() if "silva" in str(rows).lower()]
    assert told == []
    assert owner.post(f"{URL}/{merge_id}/undo").json()["code"] == "cannot_undo"


def test_one_is_not_merged_with_itself_nor_with_another_gyms(
    owner: ApiClient, other_owner: ApiClient, two: tuple[int, int]
) -> None:
    assert merge(owner, two[0], two[0]).json()["code"] == "same_member"
    other = add(other_owner, "Ana Silva")
    assert merge(owner, two[0], other).status_code == 404
    assert merge(owner, other, two[0]).status_code == 404
    merge_id = merge(owner, *two).json()["merge_id"]
    assert other_owner.post(f"{URL}/{merge_id}/undo").status_code == 404
    again = merge(owner, *two)
    assert (again.status_code, again.json()["code"]) == (409, "no_longer_kept")


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.TRAINER])
def test_owner_and_admin_alone_decide(
    role: Role, sign_in_as: SignInAs, two: tuple[int, int]
) -> None:
    other = sign_in_as(role)
    assert merge(other, *two).status_code == 403
    assert other.get(f"{URL}/duplicates").status_code == 403


def test_the_ledger_moves_for_a_merge_only(gym: Gym, in_gym: InGym, two: tuple[int, int]) -> None:
    with pytest.raises(DBAPIError, match="were not merged"), in_gym(gym.gym_id) as session:
        session.execute(text("select move_ledger(:a, :b, null)"), {"a": two[0], "b": two[1]})


def test_what_the_app_may_not_change_is_moved_by_the_database_or_stays() -> None:
    tables = {reference.table.name for reference in list_references()}
    guarded = {name for name, rights in APP_MAY_ONLY.items() if "update" not in rights}
    assert tables & guarded == {LEDGER}
