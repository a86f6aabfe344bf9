"""What is kept about a member beside their plan and visits: phone, tags and notes."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import pytest

from db.models import Gym, MemberNote, Role
from db.session import GymSession
from tests.factories.members import create_member
from tests.fixtures.api import NOON, ApiClient, Clock, SignInAs

URL = "/api/v1/members"
InGym = Callable[[int], AbstractContextManager[GymSession]]


def add(owner: ApiClient, **fields: object) -> str:
    return f"{URL}/{owner.post(URL, json={'name': 'Ana', **fields}).json()['member_id']}"


def found_by(owner: ApiClient, typed: str) -> int:
    return owner.get(URL, params={"search": typed}).json()["total"]


def test_a_phone_is_kept_as_typed_and_found_however_it_is_typed(
    make_gym: Callable[..., Gym], sign_in_as: SignInAs
) -> None:
    owner = sign_in_as(Role.OWNER, gym=make_gym(timezone="America/Sao_Paulo"))
    path = add(owner, phone="(11) 99876-5432")
    body = owner.get(path).json()
    assert (body["phone"], body["phone_e164"]) == ("(11) 99876-5432", "+5511998765432")
    for typed in ("+55 11 99876-5432", "11998765432", "99876", "5432"):
        assert found_by(owner, typed) == 1, typed
    assert owner.patch(path, json={"phone": "+351912345678"}).json()["phone_e164"] == (
        "+351912345678"
    )
    assert (found_by(owner, "912345678"), found_by(owner, "11998765432")) == (1, 0)
    cleared = owner.patch(path, json={"phone": None}).json()
    assert (cleared["phone"], cleared["phone_e164"]) == (None, None)


class TestTags:
    def test_a_tag_is_one_however_it_is_typed(self, owner: ApiClient) -> None:
        first, second = add(owner), add(owner)
        assert owner.put(f"{first}/tags", json={"tags": ["Época", "VIP"]}).status_code == 200
        kept = owner.put(f"{second}/tags", json={"tags": ["epoca", "EPOCA "]}).json()
        assert kept == {"tags": ["Época"]}
        listed = owner.get("/api/v1/tags").json()["items"]
        assert [(tag["name"], tag["members"]) for tag in listed] == [("Época", 2), ("VIP", 1)]

    def test_what_is_left_out_is_taken_away_and_lists_show_what_is_left(
        self, owner: ApiClient
    ) -> None:
        path = add(owner)
        owner.put(f"{path}/tags", json={"tags": ["b", "a", "c"]})
        assert owner.get(URL).json()["items"][0]["tags"] == ["a", "b", "c"]
        owner.put(f"{path}/tags", json={"tags": ["b"]})
        assert owner.get(path).json()["tags"] == ["b"]
        assert owner.put(f"{path}/tags", json={"tags": []}).json() == {"tags": []}

    def test_a_deleted_tag_is_gone_from_all_who_had_it(self, owner: ApiClient) -> None:
        path = add(owner)
        owner.put(f"{path}/tags", json={"tags": ["VIP", "crew"]})
        [crew, _vip] = owner.get("/api/v1/tags").json()["items"]
        assert owner.delete(f"/api/v1/tags/{crew['tag_id']}").status_code == 204
        assert owner.get(path).json()["tags"] == ["VIP"]

    def test_d_ff_7_a_tag_is_the_gyms_own(self, owner: ApiClient, other_owner: ApiClient) -> None:
        path = add(owner)
        owner.put(f"{path}/tags", json={"tags": ["VIP"]})
        other = add(other_owner)
        other_owner.put(f"{other}/tags", json={"tags": ["vip"]})
        assert other_owner.get(other).json()["tags"] == ["vip"]
        assert other_owner.put(f"{path}/tags", json={"tags": []}).status_code == 404
        assert owner.get(path).json()["tags"] == ["VIP"]


class TestNotes:
    def test_a_note_says_who_wrote_it_and_when(self, owner: ApiClient, clock: Clock) -> None:
        notes = f"{add(owner)}/notes"
        note = owner.post(notes, json={"text": " Hurt her knee "}).json()
        assert (note["text"], note["author"], note["edited_at"]) == (
            "Hurt her knee", owner.user.name, None,
        )  # fmt: skip
        assert datetime.fromisoformat(note["created_at"]) == NOON
        clock.advance(hours=1)
        path = f"{notes}/{note['note_id']}"
        assert owner.patch(path, json={"text": "Hurt her knee"}).json() == note, "nothing changed"
        changed = owner.patch(path, json={"text": "Fine again"}).json()
        assert datetime.fromisoformat(changed["edited_at"]) == clock.now
        assert changed["created_at"] == note["created_at"]

    def test_the_newest_note_comes_first(self, owner: ApiClient, clock: Clock) -> None:
        notes = f"{add(owner)}/notes"
        for text in ("one", "two"):
            owner.post(notes, json={"text": text})
            clock.advance(minutes=1)
        assert [note["text"] for note in owner.get(notes).json()["items"]] == ["two", "one"]

    @pytest.mark.parametrize(
        ("role", "status"),
        [(Role.TRAINER, 403), (Role.RECEPTIONIST, 403), (Role.ADMIN, 200)],
    )
    def test_everybody_changes_their_own_and_the_gyms_heads_all(
        self, owner: ApiClient, sign_in_as: SignInAs, role: Role, status: int
    ) -> None:
        notes = f"{add(owner)}/notes"
        note = owner.post(notes, json={"text": "by the owner"}).json()
        other = sign_in_as(role)
        answer = other.patch(f"{notes}/{note['note_id']}", json={"text": "changed"})
        assert answer.status_code == status
        if status == 403:
            assert answer.json()["code"] == "note_of_another"
            assert other.delete(f"{notes}/{note['note_id']}").status_code == 403
        else:
            assert answer.json()["author"] == owner.user.name
        own = other.post(notes, json={"text": "mine"}).json()
        assert other.patch(f"{notes}/{own['note_id']}", json={"text": "so"}).status_code == 200
        assert other.delete(f"{notes}/{own['note_id']}").status_code == 204

    def test_a_note_of_before_has_no_author(
        self, owner: ApiClient, gym: Gym, in_gym: InGym
    ) -> None:
        with in_gym(gym.gym_id) as session:
            member = create_member(session, gym=gym)
            session.add(MemberNote(gym_id=gym.gym_id, member_id=member.member_id, text="old"))
        [note] = owner.get(f"{URL}/{member.member_id}/notes").json()["items"]
        assert (note["author"], note["is_own"]) == (None, False)

    def test_d_ff_7_a_note_is_about_its_member_only(
        self, owner: ApiClient, other_owner: ApiClient
    ) -> None:
        first, second = add(owner), add(owner)
        note = owner.post(f"{first}/notes", json={"text": "x"}).json()
        wrong = owner.get(f"{second}/notes/{note['note_id']}")
        assert (wrong.status_code, wrong.json()["code"]) == (404, "note_not_found")
        assert other_owner.get(f"{first}/notes/{note['note_id']}").status_code == 404


def test_payments_are_shown_to_whom_memberships_are(owner: ApiClient, sign_in_as: SignInAs) -> None:
    path = f"{add(owner)}/payments"
    assert owner.get(path).json()["total"] == 0
    assert sign_in_as(Role.RECEPTIONIST).get(path).status_code == 200
    assert sign_in_as(Role.TRAINER).get(path).status_code == 403
