"""A door that scans: one code, one visit, whatever is sent again, too late, or from elsewhere."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.door_codes import DoorCode, find_step
from db.models import AuditEntry, CheckIn, Gym, Kiosk, Member, Role, UsedDoorCode
from db.session import GymSession
from tests.factories.members import create_member, create_membership
from tests.fixtures.api import NOON, SECRET_KEY, ApiClient, Clock, SignInAs

URL = "/api/v1/kiosk/check-ins"
KIOSKS = "/api/v1/kiosks"
InGym = Callable[[int], AbstractContextManager[GymSession]]
Scan = Callable[..., Any]


@pytest.fixture
def member(add_member: Callable[..., Member]) -> Member:
    return add_member()


def add_kiosk(owner: ApiClient, **over: Any) -> dict[str, Any]:
    [location] = owner.get("/api/v1/locations").json()["items"]
    body = {"name": "Front door", "location_id": location["location_id"], **over}
    answer = owner.post(KIOSKS, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture
def kiosk(owner: ApiClient) -> dict[str, Any]:
    return add_kiosk(owner)


@pytest.fixture
def scan(client: ApiClient, kiosk: dict[str, Any]) -> Scan:
    def send(code: str, *, key: str = kiosk["key"]) -> Any:
        return client.post(URL, json={"code": code}, headers={"Kiosk-Key": key})

    return send


def write(member: Member, *, at: Any = NOON, version: int = 1) -> str:
    return DoorCode(member.gym_id, member.member_id, version, find_step(at)).write(SECRET_KEY)


def reason(answer: Any) -> str:
    assert (answer.status_code, answer.json()["code"]) == (409, "door_code_refused"), answer.text
    [error] = answer.json()["errors"]
    assert error["message"] == answer.json()["detail"]
    return str(error["reason"])


def test_a_member_enters_by_the_code_of_their_phone(
    owner: ApiClient,
    gym: Gym,
    member: Member,
    kiosk: dict[str, Any],
    scan: Scan,
    in_gym: InGym,
) -> None:
    path = f"/api/v1/members/{member.member_id}/door-code"
    first, *_ = owner.get(path).json()["codes"]
    answer = scan(first["code"])
    assert answer.status_code == 201, answer.text
    assert answer.json()["member_name"] == member.name
    assert answer.json().keys() == {"check_in_id", "member_name", "check_in"}, "a screen at a door"
    with in_gym(gym.gym_id) as session:
        visit = session.scalars(select(CheckIn)).one()
        assert (visit.member_id, visit.method, visit.location_id, visit.check_in) == (
            member.member_id,
            "qr",
            kiosk["location_id"],
            NOON,
        )


def test_d_ff_15_fifty_kiosks_at_once_let_one_in(
    owner: ApiClient, gym: Gym, member: Member, client: ApiClient, in_gym: InGym
) -> None:
    """Seen to fail with the key of `used_door_codes` not asked: the others are told that the member
    is inside, and not that the code was used."""
    keys = [add_kiosk(owner, name=f"Door {number}")["key"] for number in range(50)]
    code = write(member)
    barrier = threading.Barrier(50)

    def send(key: str) -> Any:
        barrier.wait()
        return client.post(URL, json={"code": code}, headers={"Kiosk-Key": key})

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, keys))
    refused = [answer for answer in answers if answer.status_code != 201]
    assert len(refused) == 49
    assert {reason(answer) for answer in refused} == {"used"}
    with in_gym(gym.gym_id) as session:
        assert session.scalar(select(func.count()).select_from(CheckIn)) == 1


def test_d_ff_15_a_code_opens_once(scan: Scan, member: Member, clock: Clock) -> None:
    assert scan(write(member)).status_code == 201
    clock.advance(seconds=20)
    assert reason(scan(write(member))) == "used"


@pytest.mark.parametrize(
    ("seconds", "found"),
    [(-60, "too_early"), (-30, None), (0, None), (29, None), (59, None), (60, "expired")],
)
def test_d_ff_15_the_time_is_the_platforms_and_clocks_may_differ_by_half_a_minute(
    scan: Scan, member: Member, clock: Clock, seconds: int, found: str | None
) -> None:
    code = write(member)
    clock.advance(seconds=seconds)
    answer = scan(code)
    if found is None:
        assert answer.status_code == 201, answer.text
        assert answer.json()["check_in"] == f"{clock.now:%Y-%m-%dT%H:%M:%SZ}"
    else:
        assert reason(answer) == found


def test_d_ff_15_a_code_of_another_gym_opens_nothing(
    scan: Scan, other_gym: Gym, in_gym: InGym
) -> None:
    with in_gym(other_gym.gym_id) as session:
        stranger = create_member(session, gym=other_gym)
    assert reason(scan(write(stranger))) == "other_gym"


def test_d_ff_15_nobody_else_can_make_or_change_a_code(scan: Scan, member: Member) -> None:
    code = DoorCode(member.gym_id, member.member_id, 1, find_step(NOON))
    assert reason(scan(code.write("another secret"))) == "forged"
    text = code.write(SECRET_KEY)
    changed = replace(code, member_id=code.member_id + 1).write("x").rpartition(".")[0]
    assert reason(scan(f"{changed}.{text.rpartition('.')[2]}")) == "forged"
    assert reason(scan("5901234123457")) == "unreadable"


@pytest.mark.parametrize("code", ["", "x" * 201, "CB1\x00", "٧" * 40 + "\x00", None, 7])
def test_what_is_no_text_of_a_code_is_refused(scan: Scan, code: Any) -> None:
    assert scan(code).status_code == 422


def test_only_a_code_is_taken(client: ApiClient, kiosk: dict[str, Any], member: Member) -> None:
    for body in ({"member_id": member.member_id}, {"code": write(member), "check_in": "2026"}):
        answer = client.post(URL, json=body, headers={"Kiosk-Key": kiosk["key"]})
        assert answer.status_code == 422


def test_codes_handed_out_before_a_phone_was_lost_open_nothing(
    owner: ApiClient, scan: Scan, member: Member
) -> None:
    path = f"/api/v1/members/{member.member_id}/door-code"
    old, new = (
        (owner.get(path).json()["codes"][0]["code"], owner.post(f"{path}/reset").status_code)[0],
        owner.get(path).json()["codes"][0]["code"],
    )
    assert reason(scan(old)) == "revoked"
    assert scan(new).status_code == 201


def test_the_rules_hold_at_a_kiosk_whatever_the_desk_is_told(
    owner: ApiClient, gym: Gym, scan: Scan, member: Member, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        create_membership(session, gym=gym, member=member, ends_on=date(2026, 11, 17))
    answer = scan(write(member))
    assert (answer.status_code, answer.json()["code"]) == (409, "entry_refused")
    with in_gym(gym.gym_id) as session:
        assert session.scalar(select(func.count()).select_from(CheckIn)) == 0
        assert session.scalar(select(func.count()).select_from(UsedDoorCode)) == 0, "not used up"


class TestItsKey:
    def test_it_is_shown_once_and_kept_as_a_hash(
        self, owner: ApiClient, gym: Gym, kiosk: dict[str, Any], in_gym: InGym
    ) -> None:
        [listed] = owner.get(KIOSKS).json()["items"]
        assert "key" not in listed
        with in_gym(gym.gym_id) as session:
            row = session.scalars(select(Kiosk)).one()
            assert kiosk["key"] not in row.key_hash
            entry = session.scalars(
                select(AuditEntry).where(AuditEntry.row_table == "kiosks")
            ).one()
            assert entry.changes["key_hash"] is None

    @pytest.mark.parametrize("key", ["", "cbk_wrong", "x" * 10_000])
    def test_without_it_nothing_opens(self, scan: Scan, member: Member, key: str) -> None:
        answer = scan(write(member), key=key)
        assert (answer.status_code, answer.json()["code"]) == (401, "kiosk_key_refused")

    def test_a_sign_in_is_no_key(self, owner: ApiClient, member: Member) -> None:
        assert owner.post(URL, json={"code": write(member)}).status_code == 401

    def test_a_key_is_no_sign_in(self, client: ApiClient, kiosk: dict[str, Any]) -> None:
        for headers in (
            {"Kiosk-Key": kiosk["key"]},
            {"Authorization": f"Bearer {kiosk['key']}"},
        ):
            answer = client.post("/api/v1/check-ins", json={"member_id": 1}, headers=headers)
            assert answer.status_code == 401

    def test_of_a_kiosk_that_was_removed_it_opens_nothing(
        self, owner: ApiClient, scan: Scan, member: Member, kiosk: dict[str, Any]
    ) -> None:
        assert owner.delete(f"{KIOSKS}/{kiosk['kiosk_id']}").status_code == 204
        assert scan(write(member)).status_code == 401

    def test_guessing_keys_ends_soon(self, scan: Scan, member: Member) -> None:
        answers = {scan(write(member), key=f"cbk_{number}").status_code for number in range(101)}
        assert answers == {401, 429}

    def test_guessing_codes_ends_soon_and_only_for_that_kiosk(
        self, owner: ApiClient, scan: Scan, member: Member
    ) -> None:
        answers = {scan(f"CB1.{number}").status_code for number in range(101)}
        assert answers == {409, 429}
        assert scan(write(member)).status_code == 429
        other = add_kiosk(owner, name="Back door")["key"]
        assert scan(write(member), key=other).status_code == 201

    def test_in_a_suspended_gym_it_opens_nothing(
        self, scan: Scan, member: Member, gym: Gym, ops_session: Any
    ) -> None:
        ops_session.execute(
            update(Gym)
            .where(Gym.gym_id == gym.gym_id)
            .values(suspended_at=NOON, suspended_reason="Unpaid")
        )
        ops_session.commit()
        answer = scan(write(member))
        assert (answer.status_code, answer.json()["code"]) == (403, "gym_suspended")


class TestWhoMaySeeACode:
    def test_a_member_gets_the_own_one_alone(
        self, gym: Gym, sign_in_as_member: Callable[..., ApiClient], add_member: Any
    ) -> None:
        own, other = add_member(), add_member()
        mia = sign_in_as_member(own)
        path = "/api/v1/members/{}/door-code"
        assert mia.get(path.format(own.member_id)).status_code == 200
        assert mia.get(path.format(other.member_id)).status_code == 404
        assert mia.post(path.format(other.member_id) + "/reset").status_code == 404
        assert mia.post(path.format(own.member_id) + "/reset").status_code == 204

    def test_the_next_two_minutes_come_with_it(self, owner: ApiClient, member: Member) -> None:
        codes = owner.get(f"/api/v1/members/{member.member_id}/door-code").json()["codes"]
        assert [code["starts_at"] for code in codes] == [
            f"{NOON + timedelta(seconds=30 * step):%Y-%m-%dT%H:%M:%SZ}" for step in range(4)
        ]
        assert len({code["code"] for code in codes}) == 4
        assert all(code["qr_svg"].startswith("<svg") for code in codes)

    def test_a_trainer_gets_none(self, trainer: ApiClient, member: Member) -> None:
        path = f"/api/v1/members/{member.member_id}/door-code"
        assert trainer.get(path).status_code == 403


class TestTheDesk:
    def test_it_scans_as_well_and_is_told_what_to_say(
        self, owner: ApiClient, member: Member
    ) -> None:
        path = "/api/v1/check-ins/scan"
        answer = owner.post(path, json={"code": write(member)})
        assert answer.status_code == 201, answer.text
        assert answer.json()["method"] == "qr"
        assert [alert["kind"] for alert in answer.json()["alerts"]] == ["first_visit"]
        assert reason(owner.post(path, json={"code": write(member)})) == "used"

    def test_whoever_is_refused_may_be_let_in_by_the_same_code(
        self, owner: ApiClient, gym: Gym, member: Member, in_gym: InGym
    ) -> None:
        owner.patch("/api/v1/organizations/me", json={"enforces_access": True})
        with in_gym(gym.gym_id) as session:
            create_membership(session, gym=gym, member=member, ends_on=date(2026, 11, 17))
        path, body = "/api/v1/check-ins/scan", {"code": write(member)}
        refused = owner.post(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "entry_refused")
        assert refused.json()["errors"][0]["member_id"] == member.member_id
        answer = owner.post(path, json=body | {"override_reason": "Pays tomorrow"})
        assert (answer.status_code, answer.json()["override_reason"]) == (201, "Pays tomorrow")

    def test_a_label_of_staff_stays_a_label(self, owner: ApiClient, member: Member) -> None:
        answer = owner.post(
            "/api/v1/check-ins",
            json={
                "member_id": member.member_id,
                "check_in_time": "2026-01-15T10:00:00",
                "method": "qr",
            },
        )
        assert (answer.status_code, answer.json()["method"]) == (201, "qr")


def test_kiosks_are_the_managers(
    owner: ApiClient, gym: Gym, kiosk: dict[str, Any], sign_in_as: SignInAs
) -> None:
    desk = sign_in_as(Role.RECEPTIONIST, gym=gym)
    assert desk.get(KIOSKS).json()["total"] == 1
    assert desk.post(KIOSKS, json={"name": "x", "location_id": 1}).status_code == 403
    assert desk.delete(f"{KIOSKS}/{kiosk['kiosk_id']}").status_code == 403
