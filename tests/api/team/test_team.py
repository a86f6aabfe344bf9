"""Who works with a gym's data: roles and dismissals count at once, and there is always an owner."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from api.kit.errors import DomainError
from api.kit.principal import Principal
from api.team.errors import HigherRole
from api.team.schemas import TeamUpdate
from api.team.service import disable, update
from db.models import Gym, Role, User
from db.session import GymSession
from tests.factories.gyms import PASSWORD
from tests.fixtures.api import NOON, ApiClient, Clock, SignInAs

URL = "/api/v1/team"
InGym = Callable[[int], AbstractContextManager[GymSession]]


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def sign_in(client: ApiClient, login: str) -> Any:
    return client.post("/api/v1/auth/login", json={"email": login, "password": PASSWORD})


def test_the_team_is_staff_only_and_the_owner_comes_first(
    owner: ApiClient, admin: ApiClient, trainer: ApiClient, sign_in_as: SignInAs
) -> None:
    sign_in_as(Role.MEMBER)
    team = owner.get(URL).json()
    assert [one["role"] for one in team["items"]] == ["owner", "admin", "trainer"]
    assert team["total"] == 3
    only = owner.get(URL, params={"role": "trainer", "is_active": True}).json()
    assert [one["user_id"] for one in only["items"]] == [trainer.user.user_id]


def test_a_member_who_signs_in_is_not_of_the_team(owner: ApiClient, sign_in_as: SignInAs) -> None:
    member = sign_in_as(Role.MEMBER).user.user_id
    for answer in (
        owner.get(f"{URL}/{member}"),
        owner.patch(f"{URL}/{member}", json={"role": "admin"}),
        owner.post(f"{URL}/{member}/disable"),
    ):
        assert refusal(answer) == (404, "teammate_not_found")


def test_whoever_is_disabled_is_out_at_once_by_every_way_in(
    client: ApiClient, owner: ApiClient, receptionist: ApiClient
) -> None:
    """D-FF-5: nothing given out before outlives a dismissal."""
    person = receptionist.user
    tokens = sign_in(client, person.email).json()
    account = {"email": person.email, "password": PASSWORD}
    session = client.post("/api/v1/auth/session", json=account).json()["session"]
    assert receptionist.get("/api/v1/auth/me").status_code == 200
    gone = owner.post(f"{URL}/{person.user_id}/disable")
    assert (gone.status_code, gone.json()["is_active"]) == (200, False)
    assert receptionist.get("/api/v1/auth/me").status_code == 401
    refreshed = client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 401
    bearer = {"Authorization": f"Bearer {session}"}
    assert client.post("/api/v1/auth/token", headers=bearer).status_code == 401
    assert sign_in(client, person.email).status_code == 401
    assert owner.post(f"{URL}/{person.user_id}/disable").status_code == 200
    back = owner.post(f"{URL}/{person.user_id}/enable")
    assert back.json()["is_active"] is True
    assert sign_in(client, person.email).status_code == 200
    for old in (
        receptionist.get("/api/v1/auth/me"),
        client.post("/api/v1/auth/token", headers=bearer),
    ):
        assert old.status_code == 401, "what had ended stays ended"


def test_a_role_counts_at_once_for_who_is_signed_in(owner: ApiClient, admin: ApiClient) -> None:
    assert admin.get(URL).status_code == 200
    answer = owner.patch(f"{URL}/{admin.user.user_id}", json={"role": "receptionist"})
    assert answer.json()["role"] == "receptionist"
    assert admin.get("/api/v1/auth/me").json()["role"] == "receptionist"
    assert admin.get(URL).status_code == 403


@pytest.mark.parametrize("role", ["owner", "super_admin", "member", "boss"])
def test_d_ff_4_no_other_role_can_be_given(owner: ApiClient, trainer: ApiClient, role: str) -> None:
    answer = owner.patch(f"{URL}/{trainer.user.user_id}", json={"role": role})
    assert answer.status_code == 422


@pytest.mark.parametrize("field", ["gym_id", "is_active", "email", "member_id", "token_version"])
def test_d_ff_4_nothing_else_of_an_account_can_be_set(
    owner: ApiClient, trainer: ApiClient, field: str
) -> None:
    assert owner.patch(f"{URL}/{trainer.user.user_id}", json={field: 1}).status_code == 422


def test_the_owner_is_neither_disabled_nor_demoted(owner: ApiClient, admin: ApiClient) -> None:
    path = f"{URL}/{owner.user.user_id}"
    for caller in (owner, admin):
        for answer in (
            caller.post(f"{path}/disable"),
            caller.patch(path, json={"role": "admin"}),
        ):
            assert refusal(answer) == (409, "owner_protected")
            assert "hand the gym over" in answer.json()["detail"]
    assert admin.patch(path, json={"name": "Ana Lima"}).json()["name"] == "Ana Lima"


def test_nobody_disables_or_demotes_themselves(admin: ApiClient) -> None:
    path = f"{URL}/{admin.user.user_id}"
    for answer in (admin.post(f"{path}/disable"), admin.patch(path, json={"role": "trainer"})):
        assert refusal(answer) == (409, "own_account")
    assert admin.patch(path, json={"role": "admin", "name": "Rui"}).json()["name"] == "Rui"


@pytest.mark.parametrize(
    "act",
    [
        lambda session, caller, user_id: disable(session, caller, user_id, now=NOON),
        lambda session, caller, user_id: update(
            session, caller, user_id, TeamUpdate(role=Role.TRAINER)
        ),
    ],
)
def test_nobody_takes_a_role_above_their_own(
    gym: Gym,
    admin: ApiClient,
    receptionist: ApiClient,
    in_gym: InGym,
    act: Callable[[GymSession, Principal, int], Any],
) -> None:
    """Whatever the table of permissions lets them call."""
    caller = Principal(receptionist.user, gym, Role.RECEPTIONIST, None)
    with in_gym(gym.gym_id) as session, pytest.raises(HigherRole):
        act(session, caller, admin.user.user_id)


def test_nobody_gives_a_role_above_their_own(
    gym: Gym, trainer: ApiClient, receptionist: ApiClient, in_gym: InGym
) -> None:
    caller = Principal(receptionist.user, gym, Role.RECEPTIONIST, None)
    with in_gym(gym.gym_id) as session, pytest.raises(DomainError) as refused:
        update(session, caller, trainer.user.user_id, TeamUpdate(role=Role.ADMIN))
    assert isinstance(refused.value, HigherRole)


class TestHandOver:
    PATH = f"{URL}/hand-over"

    def ask(self, caller: ApiClient, person: User, password: str = PASSWORD) -> Any:
        body = {"user_id": person.user_id, "current_password": password}
        return caller.post(self.PATH, json=body)

    def test_both_sign_in_as_before_and_the_gym_has_one_owner(
        self, client: ApiClient, gym: Gym, owner: ApiClient, admin: ApiClient
    ) -> None:
        answer = self.ask(owner, admin.user)
        assert answer.status_code == 200, answer.text
        assert answer.json()["role"] == "owner"
        assert owner.get("/api/v1/auth/me").json()["role"] == "admin"
        for login in (gym.email, gym.username, admin.user.email, admin.user.username):
            assert sign_in(client, login).status_code == 200
        profile = admin.get("/api/v1/organizations/me").json()
        assert (profile["email"], profile["username"]) == (admin.user.email, admin.user.username)
        roles = [one["role"] for one in admin.get(URL).json()["items"]]
        assert sorted(roles) == ["admin", "owner"]
        body = {"current_password": PASSWORD, "new_password": "a new password of the owner"}
        assert admin.post("/api/v1/auth/password", json=body).status_code == 204
        assert sign_in(client, gym.email).status_code == 200, "the former owner's stays"

    def test_whoever_has_no_sign_in_name_gets_that_of_the_gym(
        self, client: ApiClient, gym: Gym, owner: ApiClient, admin: ApiClient, in_gym: InGym
    ) -> None:
        with in_gym(gym.gym_id) as session:
            person = session.get_one(User, admin.user.user_id)
            person.username = None
        assert self.ask(owner, admin.user).json()["username"] == gym.username
        me = client.post(
            "/api/v1/auth/login", json={"username": gym.username, "password": PASSWORD}
        ).json()
        bearer = {"Authorization": f"Bearer {me['access_token']}"}
        assert client.get("/api/v1/auth/me", headers=bearer).json()["email"] == admin.user.email
        assert sign_in(client, gym.email).status_code == 200

    def test_it_takes_the_owner_the_password_and_an_active_admin_of_the_gym(
        self,
        owner: ApiClient,
        other_owner: ApiClient,
        admin: ApiClient,
        trainer: ApiClient,
        sign_in_as: SignInAs,
    ) -> None:
        assert self.ask(admin, admin.user).status_code == 403
        assert refusal(self.ask(owner, admin.user, "wrong")) == (422, "wrong_password")
        assert refusal(self.ask(owner, trainer.user)) == (409, "not_an_admin")
        assert refusal(self.ask(owner, owner.user)) == (409, "not_an_admin")
        assert refusal(self.ask(owner, other_owner.user)) == (404, "teammate_not_found")
        gone = sign_in_as(Role.ADMIN)
        owner.post(f"{URL}/{gone.user.user_id}/disable")
        assert refusal(self.ask(owner, gone.user)) == (409, "not_an_admin")
        assert owner.get("/api/v1/auth/me").json()["role"] == "owner"


def test_last_use_is_noted_every_few_minutes_only(
    client: ApiClient, owner: ApiClient, trainer: ApiClient, clock: Clock
) -> None:
    def read() -> Any:
        return owner.get(f"{URL}/{trainer.user.user_id}").json()["last_used_at"]

    assert read() is None
    account = {"email": trainer.user.email, "password": PASSWORD}
    session = client.post("/api/v1/auth/session", json=account).json()["session"]
    bearer = {"Authorization": f"Bearer {session}"}
    first = read()
    assert first == "2026-11-18T12:00:00Z"
    clock.advance(minutes=4)
    client.post("/api/v1/auth/token", headers=bearer)
    assert read() == first
    clock.advance(minutes=1)
    client.post("/api/v1/auth/token", headers=bearer)
    assert read() == "2026-11-18T12:05:00Z"
