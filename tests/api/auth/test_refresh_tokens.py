"""One use each; a second use ends the family."""

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
def reads(client):
    """What the API answers to the access token of an answer."""

    def read(tokens):
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        return client.get("/api/v1/auth/me", headers=headers).status_code

    return read


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


def test_a_token_is_exchanged_for_its_successor(sign_in, refresh, live, reads):
    first = sign_in()
    second = refresh(first).json()
    assert second["refresh_token"] != first
    assert second["expires_in"] == 900
    assert reads(second) == 200
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


def test_a_replay_ends_the_access_tokens_of_that_sign_in(client, gym, refresh, reads):
    login = {"email": gym.email, "password": PASSWORD}
    signed_in = client.post("/api/v1/auth/login", json=login).json()
    thief = refresh(signed_in["refresh_token"]).json()
    assert reads(signed_in) == reads(thief) == 200
    refresh(signed_in["refresh_token"])
    assert reads(signed_in) == reads(thief) == 401


def test_a_replay_leaves_other_sign_ins_alone(sign_in, refresh, reads):
    """Their access tokens are renewed, and a second replay does not end them again."""
    stolen, other = sign_in(), sign_in()
    refresh(stolen)
    refresh(stolen)
    renewed = refresh(other)
    assert renewed.status_code == 200
    refresh(stolen)
    assert reads(renewed.json()) == 200


def test_of_twenty_uses_at_once_one_succeeds_and_gains_nothing(sign_in, refresh, live, reads):
    token = sign_in()
    start = threading.Barrier(20)

    def use(_number):
        start.wait()
        return refresh(token)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(use, range(20)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 19}
    assert live() == 0
    [winner] = [answer.json() for answer in answers if answer.status_code == 200]
    assert reads(winner) == 401
    assert refresh(winner["refresh_token"]).status_code == 401


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
