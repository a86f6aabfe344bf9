"""Who runs the platform signs in as everybody does, and belongs to no gym."""

import sys
from io import StringIO
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from api.auth.schemas import SuperAdminAccount
from api.auth.super_admin import keep_super_admin, main
from api.kit.access_tokens import AccessClaims, issue_access_token
from api.kit.settings import Settings
from api.main import create_app
from db.models import AuditEntry, DashboardSession, Gym, Role, User
from db.session import session_scope
from tests.factories.gyms import PASSWORD, new_mark
from tests.fixtures.api import SECRET_KEY, ApiClient, Clock, TestClient

NEW = "a new and longer one"


def log_in(client: ApiClient, email: str, password: str = PASSWORD, **more: Any) -> Any:
    body = {"email": email, "password": password} | more
    return client.post("/api/v1/auth/login", json=body)


def with_token(client: ApiClient, token: str) -> ApiClient:
    return ApiClient(client.http, token=token)


def test_a_super_admin_signs_in_and_has_no_gym(client: ApiClient, super_admin: ApiClient) -> None:
    answer = log_in(client, super_admin.user.email)
    assert answer.status_code == 200
    me = with_token(client, answer.json()["access_token"]).get("/api/v1/auth/me").json()
    assert (me["role"], me["gym"]) == ("super_admin", None)
    assert me["permissions"] == ["edit_gyms", "read_gyms", "read_own_account"]


def test_the_dashboards_session_of_a_super_admin_is_exchanged_and_ended(
    client: ApiClient, super_admin: ApiClient
) -> None:
    body = {"email": super_admin.user.email, "password": PASSWORD}
    opened = client.post("/api/v1/auth/session", json=body).json()
    session = with_token(client, opened["session"])
    token = session.post("/api/v1/auth/token").json()["access_token"]
    caller = with_token(client, token)
    assert [one["is_current"] for one in caller.get("/api/v1/auth/sessions").json()["items"]] == [
        True
    ]
    assert session.post("/api/v1/auth/session/revoke").status_code == 204
    assert caller.get("/api/v1/auth/me").status_code == 401
    assert session.post("/api/v1/auth/token").status_code == 401


def test_a_refresh_token_of_a_super_admin_is_rotated_and_its_reuse_ends_all(
    client: ApiClient, super_admin: ApiClient
) -> None:
    first = log_in(client, super_admin.user.email).json()["refresh_token"]
    second = client.post("/api/v1/auth/refresh", json={"refresh_token": first}).json()
    assert with_token(client, second["access_token"]).get("/api/v1/auth/me").status_code == 200
    again = client.post("/api/v1/auth/refresh", json={"refresh_token": first})
    assert again.status_code == 401
    assert with_token(client, second["access_token"]).get("/api/v1/auth/me").status_code == 401


def test_a_second_factor_guards_a_super_admin(
    client: ApiClient, super_admin: ApiClient, clock: Clock
) -> None:
    url, email = "/api/v1/auth/second-factor", super_admin.user.email
    secret = super_admin.post(url, json={"current_password": PASSWORD}).json()["secret"]
    app = pyotp.TOTP(secret)
    code = app.at(clock.now)
    assert super_admin.post(f"{url}/confirm", json={"code": code}).status_code == 200
    assert log_in(client, email).json()["code"] == "second_factor_required"
    clock.advance(seconds=30)
    assert log_in(client, email, code=app.at(clock.now)).status_code == 200


def test_another_password_signs_a_super_admin_out_everywhere_else(
    client: ApiClient, super_admin: ApiClient
) -> None:
    caller = with_token(client, log_in(client, super_admin.user.email).json()["access_token"])
    body = {"current_password": PASSWORD, "new_password": NEW}
    assert caller.post("/api/v1/auth/password", json=body).status_code == 204
    assert caller.get("/api/v1/auth/me").status_code == 401
    assert log_in(client, super_admin.user.email).status_code == 401
    assert log_in(client, super_admin.user.email, NEW).status_code == 200


@pytest.mark.parametrize("is_platforms", [True, False])
def test_a_token_opens_where_its_owner_belongs_and_nowhere_else(
    client: ApiClient, super_admin: ApiClient, owner: ApiClient, clock: Clock, is_platforms: bool
) -> None:
    """Signed by the platform, but with the gym of a super admin, or without that of an owner."""
    claims = (
        AccessClaims(super_admin.user.user_id, owner.gym_id, 0)
        if is_platforms
        else AccessClaims(owner.user.user_id, None, 0)
    )
    caller = with_token(client, issue_access_token(claims, SECRET_KEY, now=clock.now))
    assert caller.get("/api/v1/auth/me").status_code == 401
    assert caller.get("/api/v1/organizations").status_code == 401


def test_a_dismissed_super_admin_is_out_at_once(
    client: ApiClient, super_admin: ApiClient, ops_session: Any
) -> None:
    caller = with_token(client, log_in(client, super_admin.user.email).json()["access_token"])
    ops_session.get_one(User, super_admin.user.user_id).is_active = False
    ops_session.commit()
    assert caller.get("/api/v1/auth/me").status_code == 401
    assert log_in(client, super_admin.user.email).status_code == 401


def test_a_forgotten_password_of_a_super_admin_is_answered_like_an_unknown_one(
    client: ApiClient, super_admin: ApiClient, ops_session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.auth.forgotten_passwords.time.sleep", lambda _: None)
    body = {"login": super_admin.user.email}
    assert client.post("/api/v1/auth/password/forgot", json=body).status_code == 202


def test_what_a_super_admin_does_to_the_own_account_is_in_no_gyms_log(
    client: ApiClient, super_admin: ApiClient, ops_session: Any
) -> None:
    log_in(client, super_admin.user.email)
    entries = select(AuditEntry).where(AuditEntry.user_id == super_admin.user.user_id)
    assert ops_session.scalars(entries).all() == []


def test_without_the_role_that_sees_every_gym_no_super_admin_signs_in(
    api_settings: Settings, super_admin: ApiClient, clock: Clock
) -> None:
    class InProduction(Settings):
        @property
        def platform_url(self) -> None:
            return None

    app = create_app(InProduction(_env_file=None, **api_settings.model_dump()))
    with TestClient(app) as http:
        lonely = ApiClient(http)
        assert log_in(lonely, super_admin.user.email).status_code == 401
        assert super_admin.through(lonely).get("/api/v1/auth/me").status_code == 401


def test_only_in_production_that_role_must_be_given(api_settings: Settings) -> None:
    given = api_settings.model_dump()
    assert Settings(_env_file=None, **given).platform_url == given.pop("ops_database_url")
    assert Settings(_env_file=None, **given).platform_url is not None
    lonely = Settings(_env_file=None, **given)
    object.__setattr__(lonely, "environment", "production")
    assert lonely.platform_url is None


class TestTheCommand:
    def test_it_makes_a_super_admin_and_gives_one_a_new_password(
        self, client: ApiClient, ops_sessions: Any
    ) -> None:
        account = SuperAdminAccount(
            email=f"{new_mark()}@example.com", name="Root", password=PASSWORD
        )
        with session_scope(ops_sessions) as session:
            assert keep_super_admin(session, account)
        token = log_in(client, account.email).json()["access_token"]
        other = account.model_copy(update={"password": NEW, "email": account.email.upper()})
        with session_scope(ops_sessions) as session:
            assert not keep_super_admin(session, other)
        assert with_token(client, token).get("/api/v1/auth/me").status_code == 401
        assert log_in(client, account.email).status_code == 401
        assert log_in(client, account.email, NEW).status_code == 200

    @pytest.mark.parametrize(
        ("password", "says"),
        [("short", "password: "), (PASSWORD, "belongs to somebody of a gym")],
    )
    def test_it_says_in_one_line_why_not(
        self,
        gym: Gym,
        api_settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        password: str,
        says: str,
    ) -> None:
        monkeypatch.setenv("OPS_DATABASE_URL", api_settings.ops_database_url)
        monkeypatch.setattr(sys, "argv", ["super_admin", gym.email])
        monkeypatch.setattr(sys, "stdin", StringIO(password + "\n"))
        with pytest.raises(SystemExit) as refused:
            main()
        assert says in str(refused.value)
        assert "\n" not in str(refused.value)
        assert password not in str(refused.value)


def test_accounts_of_gyms_are_never_found_without_their_gym(
    client: ApiClient, gym: Gym, super_admin: ApiClient, in_gym: Any
) -> None:
    """The app's own role sees no super admin, in whatever gym it is."""
    log_in(client, super_admin.user.email)
    with in_gym(gym.gym_id) as session:
        assert session.scalars(select(User).where(User.role == Role.SUPER_ADMIN)).all() == []
        assert (
            session.scalars(select(DashboardSession).where(DashboardSession.gym_id.is_(None))).all()
            == []
        )
