"""Argon2id, old bcrypt opens once more, and nothing stored breaks a sign-in."""

import threading
import time

import pytest
from passlib.hash import argon2, bcrypt

from api.auth.passwords import hash_password, normalise_password, verify_password
from db.models import Role, User
from tests.factories.gyms import PASSWORD, create_user, new_mark

ROUND_TRIP = [
    "correct horse battery",
    "twelve chars",
    "x" * 128,
    "пароль с буквами",
    "密碼密碼密碼密碼密碼密碼",
    "emoji 🏋️ in the gym",
    "  spaces at the ends  ",
    "$argon2id$v=19$m=1",
    "%s %(password)s {0}",
]


@pytest.mark.parametrize("password", ROUND_TRIP)
def test_a_password_fits_its_own_hash_and_no_other(password):
    hashed = hash_password(password)
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert verify_password(password, hashed) == (True, None)
    assert verify_password(password + "x", hashed) == (False, None)
    assert verify_password(password[:-1], hashed) == (False, None)


def test_two_hashes_of_one_password_differ():
    assert hash_password(PASSWORD) != hash_password(PASSWORD)


def test_the_same_letters_typed_another_way_fit():
    assert verify_password("Cafe\u0301 with milk", hash_password("Caf\u00e9 with milk"))[0]
    assert verify_password("\uff43orrect horse", hash_password("correct horse"))[0]


def test_a_long_password_is_not_cut():
    hashed = hash_password("a" * 100)
    assert not verify_password("a" * 99, hashed)[0]
    assert not verify_password("a" * 72, hashed)[0]


@pytest.mark.parametrize(
    "password", ["", "eleven char", "x" * 129, "nul \x00 in the middle", "\ud800" * 12]
)
def test_what_cannot_be_a_password_is_refused_with_the_reason(password):
    with pytest.raises(ValueError, match=r"Use 12|cannot contain|not text"):
        normalise_password(password)


@pytest.mark.parametrize(
    "password",
    [" " * 12, "\t\n" * 8, "\u2003" * 20, "\u200b" * 16, " " * 200],
    ids=["blanks", "tabs", "wide blanks", "no width", "too many blanks"],
)
def test_a_password_of_blanks_alone_is_refused_at_sign_up(client, password):
    mark = new_mark()
    body = {
        "name": "Gym",
        "username": f"u{mark}",
        "email": f"{mark}@example.com",
        "password": password,
    }
    answer = client.post("/api/v1/auth/register", json=body)
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == "password"
    assert error["message"] == "A password needs characters that can be seen, not blanks alone."


def test_blanks_between_words_are_part_of_a_password():
    assert normalise_password("  two blanks  ") == "  two blanks  "


@pytest.mark.parametrize(
    "password", ["", "\x00", "correct horse battery\x00", "x" * 100_000, "\ud800", "ﷺ" * 1_000]
)
def test_whatever_is_typed_is_only_wrong(password):
    assert verify_password(password, hash_password("correct horse battery")) == (False, None)


GOOD = argon2.using(type="ID", memory_cost=8, time_cost=1, parallelism=1).hash("x")
GARBAGE = [
    "",
    "x",
    "plain text password",
    "None",
    "$argon2id$",
    "$argon2id$v=19$m=19456,t=2,p=1$",
    GOOD[:-5],
    GOOD + "AAAA",
    GOOD.replace("m=8", "m=99999999999"),
    "$2b$12$",
    "$2b$99$abcdefghijklmnopqrstuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu",
    "$2y$04$" + "!" * 53,
    "$6$rounds=5000$salt$hash",
    "\x00",
    "é" * 60,
    "\ud800",
    "x" * 100_000,
]


@pytest.mark.parametrize("stored", GARBAGE, ids=range(len(GARBAGE)))
def test_a_damaged_hash_opens_for_nobody_and_raises_nothing(stored):
    assert verify_password("x", stored) == (False, None)
    assert verify_password(PASSWORD, stored) == (False, None)


def test_nobody_has_no_hash_and_never_fits():
    assert verify_password(PASSWORD, None) == (False, None)


@pytest.mark.parametrize("stored", ["plain", "$2b$12$", "$argon2id$v=19$m=8,t=1,p=1$"])
def test_signing_in_over_a_damaged_hash_is_wrong_not_broken(client, ops_session, gym, stored):
    user = create_user(ops_session, gym=gym, role=Role.ADMIN, hashed_password=stored)
    ops_session.commit()
    answer = client.post("/api/v1/auth/login", json={"email": user.email, "password": PASSWORD})
    assert answer.status_code == 401


@pytest.mark.parametrize("legacy", ["bcrypt", "argon2"])
def test_an_old_hash_opens_and_becomes_argon2id_of_today(client, ops_session, gym, legacy):
    old = (
        bcrypt.using(rounds=4).hash("old one")
        if legacy == "bcrypt"
        else argon2.using(memory_cost=1024, time_cost=1).hash("old one")
    )
    user = create_user(ops_session, gym=gym, role=Role.ADMIN, hashed_password=old)
    ops_session.commit()
    body = {"email": user.email, "password": "old one"}
    assert client.post("/api/v1/auth/login", json=body).status_code == 200
    ops_session.expire_all()
    renewed = ops_session.get(User, user.user_id).hashed_password
    assert renewed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert client.post("/api/v1/auth/login", json=body).status_code == 200
    ops_session.expire_all()
    assert ops_session.get(User, user.user_id).hashed_password == renewed


def test_a_flood_of_sign_ins_hashes_only_a_few_at_once(monkeypatch):
    from api.auth import passwords

    running, most, lock = 0, 0, threading.Lock()

    class Slow:
        def verify_and_update(self, _password, _hashed):
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            time.sleep(0.01)
            with lock:
                running -= 1
            return True, None

    monkeypatch.setattr(passwords, "_context", Slow())
    threads = [threading.Thread(target=verify_password, args=("x", "y")) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most <= 4


def test_an_unknown_name_takes_as_long_as_a_wrong_password(client, gym, api_app):
    """By the quickest of twenty each, in turn: what else the machine does only ever adds. Without
    the dummy check: 1 to 20."""
    took = {"known": [], "unknown": []}
    for number in range(24):
        for kind, login in (("known", gym.email), ("unknown", f"nobody{number}@example.com")):
            api_app.state.limits.reset()
            begun = time.perf_counter()
            client.post("/api/v1/auth/login", json={"email": login, "password": "wrong"})
            took[kind].append(time.perf_counter() - begun)
    known, unknown = (min(times[4:]) for times in took.values())
    assert 0.5 < unknown / known < 2


MARKS = "a" + "\u0323\u0301" * 200_000


def test_a_password_of_a_megabyte_of_accents_is_refused_at_once(client, gym):
    """Bringing it into normal form would take minutes, while nobody else is answered."""
    begun = time.process_time()
    with pytest.raises(ValueError, match="12 to 128"):
        normalise_password(MARKS)
    assert verify_password(MARKS, None) == (False, None)
    answer = client.post("/api/v1/auth/login", json={"username": gym.username, "password": MARKS})
    assert answer.status_code in (413, 422)
    assert time.process_time() - begun < 2
