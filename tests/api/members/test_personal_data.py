"""What is kept of one person can be had whole, and can be erased for good."""

import io
import json
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.models import Base, Gym, Member, Role
from db.personal_data import PERSONAL
from db.row_level_security import NOT_FOR_APP
from db.session import GymSession
from tests.factories.members import (
    create_member,
    create_regular_visits,
    create_transaction,
)
from tests.fixtures.api import NOON, ApiClient, SignInAs

URL = "/api/v1/members"
InGym = Callable[[int], AbstractContextManager[GymSession]]
CANARY = "Zyxwv"
NUMBER = "777123"


def fill(owner: ApiClient) -> int:
    """A member of whom everything says so."""
    fields = {
        "number": NUMBER,
        "name": f"{CANARY} Name",
        "email": f"{CANARY}@example.com",
        "phone": "+351 912 777 123",
        "address": f"{CANARY} street",
        "gender": CANARY,
        "emergency_contact": f"{CANARY} mother",
        "emergency_phone": "+351 913 777 123",
        "emergency_relation": CANARY,
        "birth_date": "1990-01-02",
        "email_consent": True,
        "sms_consent": True,
    }
    made = owner.post(URL, json=fields)
    assert made.status_code == 201, made.text
    member_id: int = made.json()["member_id"]
    path = f"{URL}/{member_id}"
    assert owner.put(f"{path}/tags", json={"tags": ["crew"]}).status_code == 200
    assert owner.post(f"{path}/notes", json={"text": f"{CANARY} limps"}).status_code == 201
    health = owner.put(f"{path}/medical-notes", json={"text": f"{CANARY} asthma"})
    assert health.status_code == 200
    owner.patch(path, json={"address": f"{CANARY} road"})
    return member_id


def read_everything(session: GymSession, gym_id: int) -> dict[str, str]:
    """Every row of the gym as text, by table."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in NOT_FOR_APP:
            rows = session.execute(text(f"select * from {table.name} where gym_id = {gym_id}"))
            found[table.name] = "\n".join(str(tuple(row)) for row in rows)
    return found


def erase(caller: ApiClient, member_id: int, name: str = f"{CANARY} name") -> Any:
    return caller.post(f"{URL}/{member_id}/erase", json={"name": name})


def test_after_erasing_nothing_in_any_table_tells_who_it_was(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    member_id = fill(owner)
    mail = {"subject": "Hi {first_name}", "body": f"{CANARY} come", "member_ids": [member_id]}
    owner.post("/api/v1/campaigns", json=mail)
    with in_gym(gym.gym_id) as session:
        before = read_everything(session, gym.gym_id)
    assert CANARY in before["customers"]
    assert CANARY in before["audit_log"]
    assert erase(owner, member_id).status_code == 204
    with in_gym(gym.gym_id) as session:
        after = read_everything(session, gym.gym_id)
    told = [
        table
        for table, rows in after.items()
        for word in (CANARY.lower(), "777123", "777 123", "1990")
        if word in rows.lower() and table not in ("campaigns",)
    ]
    assert told == []
    body = owner.get(f"{URL}/{member_id}").json()
    assert (body["name"], body["standing"]) == (f"Former member {member_id}", "erased")
    assert owner.get(URL, params={"search": CANARY, "standing": "anyone"}).json()["total"] == 0


def test_d_ff_28_visits_and_the_ledger_are_what_they_were(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    member_id = fill(owner)
    with in_gym(gym.gym_id) as session:
        member = session.get_one(Member, member_id)
        create_regular_visits(session, gym=gym, member=member, last=NOON, every_days=7, count=5)
        create_transaction(session, gym=gym, member=member, at=NOON, amount=4800)

    def totals() -> Any:
        with in_gym(gym.gym_id) as session:
            return session.execute(
                text(
                    "select (select sum(amount) from transactions), (select count(*) from"
                    " transactions), (select count(*) from attendance), (select sum(visits) from"
                    " visit_hours), (select sum(spend) from member_stats)"
                )
            ).one()

    before = totals()
    assert before[0] == 4800
    assert erase(owner, member_id).status_code == 204
    assert totals() == before
    revenue = owner.get("/api/v1/analytics/overview").json()["revenue_30_days"]
    assert revenue == 48


def test_the_log_keeps_that_it_was_done_and_by_whom(owner: ApiClient) -> None:
    member_id = fill(owner)
    erase(owner, member_id)
    entries = owner.get("/api/v1/audit-log", params={"member_id": member_id}).json()["items"]
    assert [e["action"] for e in entries].count("erased") == 1
    assert entries[0]["user_id"] == owner.user.user_id
    changed = [e for e in entries if e["action"] == "changed" and e["noun"] == "member"]
    told = {(c["old"], c["new"], c["is_hidden"]) for e in changed for c in e["changes"]}
    assert told == {(None, None, True)}


def test_it_cannot_be_done_by_mistake_nor_twice_nor_undone(owner: ApiClient) -> None:
    member_id = fill(owner)
    refused = erase(owner, member_id, name="Somebody Else")
    assert (refused.status_code, refused.json()["code"]) == (409, "name_differs")
    assert owner.get(f"{URL}/{member_id}").json()["name"] == f"{CANARY} Name"
    assert erase(owner, member_id).status_code == 204
    again = erase(owner, member_id, name=f"Former member {member_id}")
    assert (again.status_code, again.json()["code"]) == (409, "no_longer_kept")
    back = owner.patch(f"{URL}/{member_id}", json={"standing": "member"})
    assert (back.status_code, back.json()["code"]) == (409, "no_longer_kept")


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.TRAINER])
def test_owner_and_admin_alone_erase_and_export(
    role: Role, owner: ApiClient, sign_in_as: SignInAs
) -> None:
    member_id = fill(owner)
    other = sign_in_as(role)
    assert erase(other, member_id).status_code == 403
    assert other.get(f"{URL}/{member_id}/export").status_code == 403
    assert sign_in_as(Role.ADMIN).get(f"{URL}/{member_id}/export").status_code == 200


def test_another_gyms_member_is_neither_erased_nor_exported(
    owner: ApiClient, other_owner: ApiClient
) -> None:
    member_id = fill(owner)
    assert erase(other_owner, member_id).status_code == 404
    assert other_owner.get(f"{URL}/{member_id}/export").status_code == 404


def test_the_log_of_somebody_who_is_kept_cannot_be_blanked(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    member_id = fill(owner)
    with pytest.raises(DBAPIError, match="was not erased"), in_gym(gym.gym_id) as session:
        session.execute(text("select erase_audit(:m)"), {"m": member_id})


def unpack(content: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_an_export_has_all_that_is_kept_and_stands_in_the_log(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    member_id = fill(owner)
    owner.post("/api/v1/check-ins", json={"member_id": member_id})
    answer = owner.get(f"{URL}/{member_id}/export")
    assert answer.headers["content-type"] == "application/zip"
    assert "attachment" in answer.headers["content-disposition"]
    found = unpack(answer.content)
    assert found["member.json"][0]["emergency_contact"] == f"{CANARY} mother"
    assert found["member_note.json"][0]["text"] == f"{CANARY} limps"
    assert found["medical_note.json"][0]["text"] == f"{CANARY} asthma"
    assert len(found["check_in.json"]) == 1
    with in_gym(gym.gym_id) as session:
        held = {
            name
            for name, table in PERSONAL.items()
            if table.find
            and table.is_exported
            and session.execute(
                text(f"select 1 from {name} where gym_id = :gym_id and {table.find} limit 1"),
                {"gym_id": gym.gym_id, "member_id": member_id},
            ).first()
        }
    assert len(found) >= len(held - {"medical_note_reads"})
    entries = owner.get("/api/v1/audit-log", params={"member_id": member_id}).json()["items"]
    assert "exported" in [entry["action"] for entry in entries]


def test_an_export_holds_no_secret(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    member_id = fill(owner)
    names = {field for rows in unpack(owner.get(f"{URL}/{member_id}/export").content).values()
             for row in rows for field in row}  # fmt: skip
    assert not {name for name in names if "hash" in name or "secret" in name}


def test_who_has_a_membership_is_not_erased(owner: ApiClient) -> None:
    member_id = fill(owner)
    plan = owner.post(
        "/api/v1/membership-plans", json={"name": "Gold", "duration_months": 12, "price": 480}
    ).json()
    owner.post(
        "/api/v1/memberships",
        json={"member_id": member_id, "plan_id": plan["plan_id"], "starts_on": "2026-11-01"},
    )
    refused = erase(owner, member_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "still_has_membership")


def test_others_are_untouched(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    member_id = fill(owner)
    with in_gym(gym.gym_id) as session:
        other = create_member(session, gym=gym, name="Bo", phone="123").member_id
    owner.patch(f"{URL}/{other}", json={"address": "Main street"})
    before = owner.get(f"{URL}/{other}").json()
    erase(owner, member_id)
    assert owner.get(f"{URL}/{other}").json() == before
    entries = owner.get("/api/v1/audit-log", params={"member_id": other}).json()["items"]
    [change] = entries[0]["changes"]
    assert (change["field"], change["new"]) == ("address", "Main street")
