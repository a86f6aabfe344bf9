"""How often a password may be tried, exactly, and what the caller reads."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from limits import RateLimitItemPerSecond

from api.auth import attempts as attempts_module
from api.auth.attempts import Attempts
from api.kit.errors import TooManyRequests
from db.models import Role, User
from tests.factories.gyms import PASSWORD, create_user, new_mark
from tests.fixtures.attempts import fail_until_refused

pytestmark = pytest.mark.usefixtures("quick_hashes")


def log_in(client, login, password="wrong", path="/api/v1/auth/login"):
    return client.post(path, json={"email": login, "password": password})


@pytest.mark.parametrize("path", ["/api/v1/auth/login", "/api/v1/auth/session"])
def test_after_ten_wrong_tries_an_account_waits(client, gym, path):
    answers = [log_in(client, gym.email, path=path) for _ in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 15 * 60 + 1
    assert answers[-1].json()["code"] == "too_many_requests"
    right = log_in(client, gym.email, PASSWORD, path)
    assert right.status_code == 429, "the right password must not be told from a wrong one"


def test_address_and_username_are_one_account(client, gym):
    """Trying both by turns would else double the tries."""
    answers = [log_in(client, name) for name in [gym.email, gym.username.upper()] * 6]
    assert Counter(answer.status_code for answer in answers) == {401: 10, 429: 2}


def test_login_form_and_session_share_the_count(client, gym):
    form = {"username": gym.email, "password": "wrong"}
    codes = []
    for _ in range(4):
        codes.append(log_in(client, gym.email).status_code)
        codes.append(log_in(client, gym.email, path="/api/v1/auth/session").status_code)
        codes.append(client.post("/api/v1/auth/login/form", data=form).status_code)
    assert Counter(codes) == {401: 10, 429: 2}


def test_an_unknown_name_is_limited_like_a_known_one(client):
    answers = [log_in(client, "nobody@example.com") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]


SPELLINGS = [
    "Žaneta.Kask{}@example.com",
    "žANETA.kask{}@example.com",
    "Z\u030caneta.Kask{}@example.com",  # taken apart
    "Žaneta.\u212aask{}@example.com",  # the sign for kelvin
    "Žaneta.Ka\u017fk{}@example.com",  # a long s
    "zaneta.kask{}@example.com",
]


@pytest.mark.parametrize("is_known", [True, False], ids=["known", "unknown"])
def test_a_name_is_limited_alike_in_every_spelling_and_whether_or_not_anybody_has_it(
    client, gym, ops_session, is_known
):
    """Else a second spelling tells after ten tries who has an account."""
    mark = new_mark()
    if is_known:
        create_user(ops_session, gym=gym, role=Role.ADMIN, email=SPELLINGS[0].format(mark))
        ops_session.commit()
    names = [spelling.format(mark) for spelling in SPELLINGS]
    codes = [log_in(client, names[number % len(names)]).status_code for number in range(10)]
    codes += [log_in(client, name).status_code for name in names]
    assert codes == [401] * 10 + [429] * len(names)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_who_has_an_account_signs_in_with_every_spelling_of_its_name(
    client, gym, ops_session, spelling
):
    mark = new_mark()
    create_user(ops_session, gym=gym, role=Role.ADMIN, email=SPELLINGS[0].format(mark))
    ops_session.commit()
    assert log_in(client, spelling.format(mark), PASSWORD).status_code == 200


def test_no_name_counts_as_somebody_elses_tries(client, gym, ops_session):
    """What an account is called among the limits is nobody's name."""
    user_id = ops_session.query(User).filter_by(gym_id=gym.gym_id).one().user_id
    for _ in range(11):
        log_in(client, f"user {user_id}")
    assert log_in(client, gym.email, PASSWORD).status_code == 200


def test_one_account_waiting_does_not_keep_others_out(client, gym, other_gym):
    for _ in range(11):
        log_in(client, gym.email)
    assert log_in(client, other_gym.email, PASSWORD).status_code == 200


def test_the_right_password_starts_the_count_anew(client, gym):
    for _ in range(3):
        for _ in range(9):
            assert log_in(client, gym.email).status_code == 401
        assert log_in(client, gym.email, PASSWORD).status_code == 200


def test_signing_in_rightly_is_not_limited(client, gym):
    codes = {log_in(client, gym.email, PASSWORD).status_code for _ in range(120)}
    assert codes == {200}


def test_an_address_has_a_hundred_wrong_tries_over_all_accounts(client, gym):
    codes = [log_in(client, f"nobody{number}@example.com").status_code for number in range(103)]
    assert codes == [401] * 100 + [429] * 3
    assert log_in(client, gym.email, PASSWORD).status_code == 429


def test_a_header_cannot_change_ones_address(client):
    codes = [
        client.post(
            "/api/v1/auth/login",
            json={"email": f"nobody{number}@example.com", "password": "x"},
            headers={"X-Forwarded-For": f"10.0.0.{number}", "Forwarded": f"for=10.1.0.{number}"},
        ).status_code
        for number in range(101)
    ]
    assert codes[-1] == 429


def test_hundreds_of_wrong_tries_at_once_are_ten(client, gym):
    with ThreadPoolExecutor(16) as pool:
        codes = Counter(pool.map(lambda _number: log_in(client, gym.email).status_code, range(300)))
    assert set(codes) == {401, 429}
    assert codes[401] <= 10


def test_the_hundred_and_first_registration_waits(client, api_app):
    limits = api_app.state.limits
    for _ in range(100):
        with limits.attempt(limits.of_address("register", "testclient"), always_counts=True):
            pass
    answer = client.post(
        "/api/v1/auth/register",
        json={
            "name": "x",
            "username": "someone",
            "email": "someone@example.com",
            "password": "quiet-river-at-dawn",
        },
    )
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) >= 1


def test_changing_the_password_is_no_way_to_guess_it(owner):
    body = {"current_password": "wrong", "new_password": "a new and longer one"}
    codes = [owner.post("/api/v1/auth/password", json=body).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]


class TestCounting:
    def test_attempts_under_way_count(self):
        limits = Attempts("secret")
        bucket = limits.of_account("sign in", "ana")
        inside, leave = threading.Barrier(11), threading.Event()

        def attempt():
            with limits.attempt(bucket):
                inside.wait()
                leave.wait()

        threads = [threading.Thread(target=attempt, daemon=True) for _ in range(10)]
        for thread in threads:
            thread.start()
        inside.wait()
        try:
            with pytest.raises(TooManyRequests), limits.attempt(bucket):
                pass
        finally:
            leave.set()
        for thread in threads:
            thread.join()
        with limits.attempt(bucket):
            pass

    def test_a_failure_of_ours_is_not_the_callers(self):
        limits = Attempts("secret")
        bucket = limits.of_account("sign in", "ana")
        for _ in range(20):
            with pytest.raises(RuntimeError), limits.attempt(bucket):
                raise RuntimeError

    def test_after_the_window_tries_come_back(self, monkeypatch):
        monkeypatch.setattr(attempts_module, "PER_ACCOUNT", RateLimitItemPerSecond(2, 1))
        limits = Attempts("secret")
        bucket = limits.of_account("sign in", "ana")
        wait = int(fail_until_refused(limits, bucket).headers["Retry-After"])
        assert wait in (1, 2)
        threading.Event().wait(1.05)
        with limits.attempt(bucket):
            pass

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("192.0.2.1", "192.0.2.2", False),
            ("2001:db8::1", "2001:db8::ffff:1", True),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
            ("::ffff:192.0.2.1", "192.0.2.1", True),
            ("fe80::1%eth0", "fe80::1%eth1", True),
        ],
    )
    def test_an_ipv6_customer_is_one_address(self, one, other, same):
        limits = Attempts("secret")
        assert (limits.of_address("x", one) == limits.of_address("x", other)) is same

    def test_a_key_names_nobody(self):
        assert "ana@" not in Attempts("secret").of_account("sign in", "ana@example.com").key
