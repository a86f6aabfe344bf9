"""Medical notes: for those who need them, sealed where they are stored, and no read unrecorded."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import pytest
from sqlalchemy import select, text

from db.models import Gym, MedicalNote, Role
from db.session import GymSession
from tests.fixtures.api import NOON, ApiClient, SignInAs

URL = "/api/v1/members"
SECRET = "Asthma; carries an inhaler"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def member(owner: ApiClient) -> str:
    return f"{URL}/{owner.post(URL, json={'name': 'Ana'}).json()['member_id']}"


def write(caller: ApiClient, member: str, text: str | None = SECRET) -> None:
    assert caller.put(f"{member}/medical-notes", json={"text": text}).status_code == 200


def reads(owner: ApiClient, member: str) -> list[tuple[str, str]]:
    found = owner.get(f"{member}/medical-notes/reads").json()["items"]
    return [(read["reader"], read["read_at"]) for read in found]


def test_what_was_written_is_read_by_whom_it_concerns(
    owner: ApiClient, sign_in_as: SignInAs, member: str
) -> None:
    trainer = sign_in_as(Role.TRAINER)
    write(trainer, member)
    body = owner.get(f"{member}/medical-notes").json()
    assert (body["text"], body["written_by"]) == (SECRET, trainer.user.name)
    assert datetime.fromisoformat(body["written_at"]) == NOON
    write(owner, member, None)
    assert owner.get(f"{member}/medical-notes").json() == {
        "text": None, "written_by": None, "written_at": None,
    }  # fmt: skip


def test_d_ff_8_they_are_in_no_other_answer_and_not_for_every_role(
    owner: ApiClient, sign_in_as: SignInAs, member: str
) -> None:
    write(owner, member)
    desk = sign_in_as(Role.RECEPTIONIST)
    for caller in (owner, desk):
        for path in (member, URL, f"{URL}?search=asthma", f"{member}/notes"):
            answer = caller.get(path)
            assert answer.status_code == 200
            assert "Asthma" not in answer.text
            assert "medical" not in answer.text, "absent, and not null"
    for caller in (desk, sign_in_as(Role.MEMBER)):
        assert caller.get(f"{member}/medical-notes").status_code == 403
        assert caller.put(f"{member}/medical-notes", json={"text": "x"}).status_code == 403
    assert reads(owner, member) == [], "who was refused has read nothing"


def test_d_ff_8_every_read_is_recorded_before_its_answer(
    owner: ApiClient, sign_in_as: SignInAs, member: str
) -> None:
    trainer = sign_in_as(Role.TRAINER)
    assert trainer.get(f"{member}/medical-notes").status_code == 200
    write(owner, member)
    owner.get(f"{member}/medical-notes")
    assert [reader for reader, _when in reads(owner, member)] == [
        owner.user.name, trainer.user.name,
    ]  # fmt: skip
    assert trainer.get(f"{member}/medical-notes/reads").status_code == 403


def test_the_database_holds_nothing_that_can_be_read(
    owner: ApiClient, gym: Gym, in_gym: InGym, member: str, ops_session: GymSession
) -> None:
    write(owner, member)
    with in_gym(gym.gym_id) as session:
        sealed = session.scalars(select(MedicalNote.sealed)).one()
        words = session.execute(text("select word from member_words")).scalars().all()
    assert "Asthma" not in sealed
    assert not [word for word in words if word.startswith(("asthma", "inhaler"))]


def test_a_text_that_was_moved_to_another_member_does_not_open(
    owner: ApiClient, gym: Gym, in_gym: InGym, member: str
) -> None:
    other = f"{URL}/{owner.post(URL, json={'name': 'Bea'}).json()['member_id']}"
    write(owner, member)
    write(owner, other, "healthy")
    with in_gym(gym.gym_id) as session:
        session.execute(
            text(
                "update medical_notes set sealed = (select sealed from medical_notes"
                " where customer_id = :of) where customer_id = :to"
            ),
            {"of": int(member.rpartition("/")[2]), "to": int(other.rpartition("/")[2])},
        )
    answer = owner.get(f"{other}/medical-notes")
    assert (answer.status_code, answer.json()["code"]) == (409, "medical_notes_sealed")
    assert "Asthma" not in json.dumps(answer.json())


def test_d_ff_7_another_gyms_notes_are_not_found(
    owner: ApiClient, other_owner: ApiClient, member: str
) -> None:
    write(owner, member)
    assert other_owner.get(f"{member}/medical-notes").status_code == 404
    assert other_owner.put(f"{member}/medical-notes", json={"text": "x"}).status_code == 404
    assert reads(owner, member) == []
