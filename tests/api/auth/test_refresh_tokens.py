"""Acceptance row A2: one use each; a second use ends the family."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from db.models import RefreshToken, Role, User
from tests.factories.gyms import PASSWORD


@pytest.fixture
def sign_in(client, gym):
    def sign_in():
        login = {"email": gym.email, "password": PASSWORD}
        return client.post("/api/v1/auth/login", json=login).json()["refresh_token"]

    return sign_in


@pytest.fixture
def refresh(client):
    return lambda token: client.post("/api/v1/auth/refresh", json={"refresh_token": token})


@pytest.fixture
def live(gym, ops_session):
    """How many of the gym's tokens could still be used."""

    def count():
        ops_session.rollback()
        return len(
            ops_session.scalars(
                select(RefreshToken).where(
                    RefreshToken.gym_id == gym.gym_id,
                    RefreshToken.used_at.is_(None),
                    RefreshToken.revoked_at.is_(None),
                )
            ).all()
        )

    return count


def test_a_token_is_exchanged_for_its_successor(client, sign_in, refresh, live):
    first = sign_in()
    second = refresh(first).json()
    assert second["refresh_token"] != first
    assert second["expires_in"] == 900
    headers = {"Authorization": f"Bearer {second['access_token']}"}
    assert client.get("/api/v1/auth/me", headers=headers).status_code == 200
    assert refresh(second["refresh_token"]).status_code == 200
    assert live() == 1


def test_d_ff_5_a_replay_ends_the_whole_family(sign_in, refresh, live):
    stolen = sign_in()
    newest = refresh(stolen).json()["refresh_token"]
    replay = refresh(stolen)
    assert replay.status_code == 401
    assert replay.json()["code"] == "refresh_token_refused"
    assert live() == 0
    assert refresh(newest).status_code == 401


def test_a_replay_leaves_other_sign_ins_alone(sign_in, refresh):
    stolen, other = sign_in(), sign_in()
    refresh(stolen)
    refresh(stolen)
    assert refresh(other).status_code == 200


def test_of_sixteen_uses_at_once_exactly_one_succeeds(sign_in, refresh, live):
    token = sign_in()
    start = threading.Barrier(16)

    def use(_number):
        start.wait()
        return refresh(token).status_code

    with ThreadPoolExecutor(16) as pool:
        answers = Counter(pool.map(use, range(16)))
    assert answers == {200: 1, 401: 15}
    assert live() == 0


def test_a_replay_during_rotations_leaves_nothing_alive(sign_in, refresh, live):
    """The newest token may be in the making while an old one is replayed: it ends as well."""
    for _ in range(8):
        stolen = sign_in()
        newest = refresh(stolen).json()["refresh_token"]
        start = threading.Barrier(2)

        def use(token, start=start):
            start.wait()
            return refresh(token).status_code

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(use, [stolen, newest]))
        assert live() == 0


def test_an_idle_token_ends_after_seven_days(sign_in, refresh, clock):
    token = sign_in()
    clock.advance(days=7)
    assert refresh(token).status_code == 401


def test_a_family_ends_after_thirty_days_however_busy(sign_in, refresh, clock):
    token = sign_in()
    for _ in range(5):
        clock.advance(days=5, hours=23)
        token = refresh(token).json()["refresh_token"]
    clock.advance(hours=5)
    assert refresh(token).status_code == 401


def test_someone_dismissed_cannot_refresh(client, sign_in_as, refresh, ops_session):
    person = sign_in_as(Role.ADMIN)
    login = {"email": person.user.email, "password": PASSWORD}
    token = client.post("/api/v1/auth/login", json=login).json()["refresh_token"]
    ops_session.query(User).filter_by(user_id=person.user.user_id).update({"is_active": False})
    ops_session.commit()
    assert refresh(token).status_code == 401


@pytest.mark.parametrize("token", ["x", "é", "x" * 200, "' or 1=1 --"])
def test_what_is_no_refresh_token_is_refused(refresh, token):
    assert refresh(token).status_code == 401


@pytest.mark.parametrize("token", ["", "x" * 201, "nul\x00", None, 5, ["x"], {"x": 1}])
def test_what_cannot_be_a_refresh_token_is_refused(refresh, token):
    assert refresh(token).status_code == 422


def test_the_table_holds_no_token(sign_in, gym, ops_session):
    token = sign_in()
    rows = ops_session.scalars(select(RefreshToken).filter_by(gym_id=gym.gym_id)).all()
    assert all(token not in (row.token_hash, str(row.family)) for row in rows)
    assert all(len(row.token_hash) == 64 for row in rows)
