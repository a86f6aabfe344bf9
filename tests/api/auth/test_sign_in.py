import unicodedata
from datetime import timedelta

import pytest
from sqlalchemy import select

from api.kit.permissions import ROLE_PERMISSIONS
from db.models import Gym, Role, User
from tests.factories.gyms import PASSWORD, create_user
from tests.fixtures.api import ApiClient, new_name


def registration(**over):
    name = new_name("gym")
    return {
        "name": "Riverside",
        "username": name,
        "email": f"{name}@example.com",
        "password": "quiet-river-at-dawn",
    } | over


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_registering_makes_a_gym_and_signs_its_owner_in(client):
    data = registration(timezone="Europe/Lisbon", currency="eur")
    made = client.post("/api/v1/auth/register", json=data)
    assert made.status_code == 201
    body = made.json()
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 900
    me = client.get("/api/v1/auth/me", headers=bearer(body["access_token"])).json()
    assert me == {
        "user_id": body["user_id"],
        "name": "Riverside",
        "email": data["email"],
        "username": data["username"],
        "role": "owner",
        "permissions": sorted(ROLE_PERMISSIONS[Role.OWNER]),
        "gym": {
            "gym_id": body["gym_id"],
            "name": "Riverside",
            "timezone": "Europe/Lisbon",
            "currency": "EUR",
            "currency_decimals": 2,
            "language": "en",
            "colours": None,
            "logo_id": None,
            "suspended_reason": None,
        },
    }


def test_the_owners_hash_is_the_gyms_and_argon2id(client, ops_session):
    made = client.post("/api/v1/auth/register", json=registration()).json()
    gym = ops_session.get(Gym, made["gym_id"])
    owner = ops_session.get(User, made["user_id"])
    assert gym.hashed_password.startswith("$argon2id$")
    assert owner.hashed_password is None


@pytest.mark.parametrize("field", ["email", "username"])
def test_a_taken_name_is_refused_whatever_its_case_and_nothing_is_made(client, field, ops_session):
    first = registration()
    client.post("/api/v1/auth/register", json=first)
    second = registration() | {field: first[field].upper()}
    refused = client.post("/api/v1/auth/register", json=second)
    assert refused.status_code == 409
    assert refused.json()["code"] == "name_taken"
    other = "username" if field == "email" else "email"
    assert ops_session.query(Gym).filter_by(**{other: second[other]}).count() == 0


@pytest.mark.parametrize(
    "over",
    [
        {"password": "short"},
        {"password": "x" * 129},
        {"email": "nobody"},
        {"username": "a@b.example"},
        {"username": ""},
        {"name": "   "},
        {"timezone": "Europe/Atlantis"},
        {"timezone": "../../etc/passwd"},
        {"currency": "QQQ"},
    ],
)
def test_a_registration_that_cannot_be_is_refused_with_the_field(client, over):
    refused = client.post("/api/v1/auth/register", json=registration(**over))
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == list(over)


@pytest.mark.parametrize("field", ["role", "gym_id", "organization_id", "is_demo", "is_active"])
def test_d_ff_4_registering_cannot_choose_role_or_gym(client, field):
    refused = client.post("/api/v1/auth/register", json=registration(**{field: "super_admin"}))
    assert refused.status_code == 422


@pytest.mark.parametrize("field", ["email", "username"])
@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.RECEPTIONIST, Role.TRAINER])
def test_signing_in_by_email_or_username(client, sign_in_as, field, role):
    user = sign_in_as(role).user
    login = getattr(user, field).upper()
    answer = client.post("/api/v1/auth/login", json={field: login, "password": PASSWORD})
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "refresh_token", "token_type", "expires_in"}
    me = client.get("/api/v1/auth/me", headers=bearer(answer.json()["access_token"])).json()
    assert me["user_id"] == user.user_id
    assert me["role"] == role.value


def test_the_form_of_oauth2_signs_in_too(client, gym):
    answer = client.post(
        "/api/v1/auth/login/form",
        data={"grant_type": "password", "username": gym.email, "password": PASSWORD, "scope": ""},
    )
    assert answer.status_code == 200
    assert answer.json()["access_token"]


def test_unknown_name_wrong_password_and_closed_account_read_the_same(
    client, gym, ops_session, sign_in_as
):
    closed = create_user(ops_session, gym=gym, role=Role.ADMIN, is_active=False)
    ops_session.commit()
    answers = [
        client.post("/api/v1/auth/login", json={"email": login, "password": password})
        for login, password in [
            ("nobody@example.com", PASSWORD),
            (gym.email, "not the password"),
            (closed.email, PASSWORD),
        ]
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize("body", [{}, {"email": "a", "username": "b"}, {"email": None}])
def test_a_sign_in_names_someone_exactly_once(client, body):
    answer = client.post("/api/v1/auth/login", json=body | {"password": PASSWORD})
    assert answer.status_code == 422


def test_an_access_token_ends_after_fifteen_minutes(client, gym, clock):
    login = {"email": gym.email, "password": PASSWORD}
    token = client.post("/api/v1/auth/login", json=login).json()["access_token"]
    clock.advance(minutes=14, seconds=59)
    assert client.get("/api/v1/auth/me", headers=bearer(token)).status_code == 200
    clock.advance(seconds=1)
    assert client.get("/api/v1/auth/me", headers=bearer(token)).status_code == 401


def test_someone_dismissed_is_out_at_once(admin, ops_session):
    ops_session.query(User).filter_by(user_id=admin.user.user_id).update({"is_active": False})
    ops_session.commit()
    assert admin.get("/api/v1/auth/me").status_code == 401


class TestDashboardSession:
    def sign_in(self, client, gym):
        answer = client.post(
            "/api/v1/auth/session", json={"email": gym.email, "password": PASSWORD}
        )
        assert answer.status_code == 200
        return answer.json()

    def exchange(self, client, session):
        return client.post("/api/v1/auth/token", headers=bearer(session))

    def test_a_session_is_exchanged_for_short_tokens_again_and_again(self, client, gym, clock):
        opened = self.sign_in(client, gym)
        assert opened["max_age"] == 30 * 24 * 3600
        assert opened["me"]["email"] == gym.email
        clock.advance(days=20)
        token = self.exchange(client, opened["session"]).json()
        assert token["me"]["gym"]["gym_id"] == gym.gym_id
        me = client.get("/api/v1/auth/me", headers=bearer(token["access_token"]))
        assert me.json() == opened["me"]

    def test_a_session_ends_after_thirty_days(self, client, gym, clock):
        opened = self.sign_in(client, gym)
        clock.advance(days=30)
        assert self.exchange(client, opened["session"]).status_code == 401

    def test_signing_out_ends_the_session_and_its_access_tokens_at_once(self, client, gym):
        opened, kept = self.sign_in(client, gym), self.sign_in(client, gym)
        token = self.exchange(client, opened["session"]).json()["access_token"]
        for _ in range(2):
            done = client.post("/api/v1/auth/session/revoke", headers=bearer(opened["session"]))
            assert done.status_code == 204
        assert client.get("/api/v1/auth/me", headers=bearer(token)).status_code == 401
        assert self.exchange(client, opened["session"]).status_code == 401
        assert self.exchange(client, kept["session"]).status_code == 200

    def test_log_out_with_a_sessions_token_ends_that_session(self, client, gym):
        opened = self.sign_in(client, gym)
        token = self.exchange(client, opened["session"]).json()["access_token"]
        assert client.post("/api/v1/auth/logout", headers=bearer(token)).status_code == 204
        assert self.exchange(client, opened["session"]).status_code == 401

    @pytest.mark.parametrize("secret", ["", "x", "x" * 5000, "\x00", "é"])
    def test_what_is_no_session_is_refused(self, client, secret):
        headers = {"Authorization": f"Bearer {secret}".encode()}
        assert client.post("/api/v1/auth/token", headers=headers).status_code == 401

    def test_neither_token_nor_session_can_stand_in_for_the_other(self, client, gym, owner):
        opened = self.sign_in(client, gym)
        assert self.exchange(client, owner.token).status_code == 401
        as_token = ApiClient(client.http, token=opened["session"])
        assert as_token.get("/api/v1/auth/me").status_code == 401

    def test_the_table_holds_no_secret(self, client, gym, ops_session):
        opened = self.sign_in(client, gym)
        rows = ops_session.connection().exec_driver_sql("select t::text from sessions t").scalars()
        assert not any(opened["session"] in row for row in rows)


class TestChangingThePassword:
    NEW = "a new and longer one"

    def change(self, client, token, current=PASSWORD, new=NEW):
        return client.post(
            "/api/v1/auth/password",
            json={"current_password": current, "new_password": new},
            headers=bearer(token),
        )

    @pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN, Role.MEMBER])
    def test_only_the_new_one_opens(self, client, sign_in_as, role):
        person = sign_in_as(role)
        assert self.change(client, person.token).status_code == 204
        login = {"email": person.user.email}
        old = client.post("/api/v1/auth/login", json=login | {"password": PASSWORD})
        new = client.post("/api/v1/auth/login", json=login | {"password": self.NEW})
        assert (old.status_code, new.status_code) == (401, 200)

    def test_every_other_way_in_ends(self, client, gym, clock):
        login = {"email": gym.email, "password": PASSWORD}
        tokens = client.post("/api/v1/auth/login", json=login).json()
        mine = client.post("/api/v1/auth/session", json=login).json()["session"]
        other = client.post("/api/v1/auth/session", json=login).json()["session"]
        access = client.post("/api/v1/auth/token", headers=bearer(mine)).json()["access_token"]
        assert self.change(client, access).status_code == 204
        assert client.post("/api/v1/auth/token", headers=bearer(mine)).status_code == 200
        assert client.post("/api/v1/auth/token", headers=bearer(other)).status_code == 401
        for token in (access, tokens["access_token"]):
            assert client.get("/api/v1/auth/me", headers=bearer(token)).status_code == 401
        again = {"refresh_token": tokens["refresh_token"]}
        assert client.post("/api/v1/auth/refresh", json=again).status_code == 401

    def test_a_wrong_present_password_changes_nothing(self, client, owner):
        refused = self.change(client, owner.token, current="not this one")
        assert refused.status_code == 422
        assert refused.json()["code"] == "wrong_password"
        assert refused.json()["errors"][0]["field"] == "current_password"
        assert owner.get("/api/v1/auth/me").status_code == 200

    def test_a_short_new_password_is_refused(self, client, owner):
        assert self.change(client, owner.token, new="short").status_code == 422


def test_log_out_ends_the_access_token_and_the_refresh_family(client, gym):
    login = {"email": gym.email, "password": PASSWORD}
    one, two = (client.post("/api/v1/auth/login", json=login).json() for _ in range(2))
    done = client.post(
        "/api/v1/auth/logout",
        json={"refresh_token": one["refresh_token"]},
        headers=bearer(one["access_token"]),
    )
    assert done.status_code == 204
    assert client.get("/api/v1/auth/me", headers=bearer(one["access_token"])).status_code == 401
    ended = client.post("/api/v1/auth/refresh", json={"refresh_token": one["refresh_token"]})
    other = client.post("/api/v1/auth/refresh", json={"refresh_token": two["refresh_token"]})
    assert (ended.status_code, other.status_code) == (401, 200)


def test_logging_out_counts_the_tokens_of_a_user_on_once(client, gym, ops_session):
    version = select(User.token_version).where(User.gym_id == gym.gym_id, User.role == Role.OWNER)
    before = ops_session.scalar(version)
    login = {"email": gym.email, "password": PASSWORD}
    tokens = client.post("/api/v1/auth/login", json=login).json()
    client.post(
        "/api/v1/auth/logout",
        json={"refresh_token": tokens["refresh_token"]},
        headers=bearer(tokens["access_token"]),
    )
    assert ops_session.scalar(version) == before + 1


def test_logging_out_of_the_dashboard_ends_all_of_an_api_sign_in_sent_along(client, gym):
    login = {"email": gym.email, "password": PASSWORD}
    api = client.post("/api/v1/auth/login", json=login).json()
    session = client.post("/api/v1/auth/session", json=login).json()["session"]
    dashboard = client.post("/api/v1/auth/token", headers=bearer(session)).json()
    done = client.post(
        "/api/v1/auth/logout",
        json={"refresh_token": api["refresh_token"]},
        headers=bearer(dashboard["access_token"]),
    )
    assert done.status_code == 204
    assert client.get("/api/v1/auth/me", headers=bearer(api["access_token"])).status_code == 401


def test_a_username_leads_to_its_own_gym(client, gym, other_gym, clock):
    clock.advance(timedelta(hours=1))
    for one in (gym, other_gym):
        answer = client.post(
            "/api/v1/auth/session", json={"username": one.username, "password": PASSWORD}
        )
        assert answer.json()["me"]["gym"]["gym_id"] == one.gym_id


def test_a_text_typed_in_two_characters_a_letter_is_the_same_text(client, owner):
    """A Mac may send `é` as `e` and an accent; what is stored and compared is one form of it."""
    composed = "Márta Škodová"
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    made = client.post("/api/v1/auth/register", json=registration(name=decomposed)).json()
    me = client.get("/api/v1/auth/me", headers=bearer(made["access_token"])).json()
    assert me["gym"]["name"] == composed
    member = owner.post("/api/v1/members", json={"name": decomposed, "number": decomposed}).json()
    assert (member["name"], member["number"]) == (composed, composed)
    taken = owner.post("/api/v1/members", json={"name": "Other", "number": composed})
    assert taken.status_code == 409
    for typed in (composed, decomposed):
        found = owner.get("/api/v1/members", params={"search": typed}).json()
        assert [item["name"] for item in found["items"]] == [composed]


def test_an_address_with_an_accent_signs_in_however_it_is_typed(client):
    address = f"josé-{new_name('gym')}@example.com"
    decomposed = unicodedata.normalize("NFD", address)
    made = client.post("/api/v1/auth/register", json=registration(email=decomposed))
    assert made.status_code == 201
    for typed in (address, decomposed):
        login = {"email": typed, "password": "quiet-river-at-dawn"}
        assert client.post("/api/v1/auth/login", json=login).status_code == 200
