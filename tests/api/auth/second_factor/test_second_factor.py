"""Who has a second factor is let in by password and code together, and by each code once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from db.models import Gym, RecoveryCode, Role, SecondFactor
from db.session import GymSession
from tests.factories.gyms import PASSWORD
from tests.fixtures.api import ApiClient, Clock, SignInAs

URL = "/api/v1/auth/second-factor"
InGym = Callable[[int], AbstractContextManager[GymSession]]


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


class Person:
    """Somebody with an app for codes, which goes by the test's clock."""

    def __init__(self, caller: ApiClient, client: ApiClient, clock: Clock) -> None:
        self.caller, self.client, self.clock = caller, client, clock
        made = caller.post(URL, json={"current_password": PASSWORD})
        assert made.status_code == 200, made.text
        self.enrolment = made.json()
        self.app = pyotp.TOTP(self.enrolment["secret"])
        self.recovery_codes: list[str] = []

    def code(self, steps: int = 0) -> str:
        return self.app.at(self.clock.now + timedelta(seconds=30 * steps))

    def confirm(self, code: str | None = None) -> Any:
        answer = self.caller.post(f"{URL}/confirm", json={"code": code or self.code()})
        if answer.status_code == 200:
            self.recovery_codes = answer.json()["recovery_codes"]
            self.clock.advance(seconds=30)
        return answer

    def sign_in(self, code: str | None = None, password: str = PASSWORD) -> Any:
        body = {"email": self.caller.user.email, "password": password}
        if code is not None:
            body["code"] = code
        return self.client.post("/api/v1/auth/login", json=body)


@pytest.fixture
def person(client: ApiClient, sign_in_as: SignInAs, clock: Clock) -> Person:
    return Person(sign_in_as(Role.RECEPTIONIST), client, clock)


@pytest.fixture
def protected(person: Person) -> Person:
    assert person.confirm().status_code == 200
    return person


def test_it_is_on_only_once_a_code_was_given(person: Person) -> None:
    assert person.enrolment["uri"].startswith("otpauth://totp/Comeback:")
    assert person.enrolment["qr_svg"].startswith("<svg")
    assert person.caller.get(URL).json()["is_on"] is False
    assert person.sign_in().status_code == 200
    assert refusal(person.confirm("000000")) == (422, "code_refused")
    done = person.confirm()
    assert len(set(done.json()["recovery_codes"])) == 10
    state = person.caller.get(URL).json()
    assert (state["is_on"], state["recovery_codes_left"]) == (True, 10)
    again = person.caller.post(URL, json={"current_password": PASSWORD})
    assert refusal(again) == (409, "second_factor_on")
    assert refusal(person.confirm(person.code(1))) == (409, "second_factor_on")


def test_the_password_alone_opens_nothing_any_more(protected: Person) -> None:
    assert refusal(protected.sign_in()) == (401, "second_factor_required")
    assert refusal(protected.sign_in(password="wrong")) == (401, "wrong_credentials")
    wrong = protected.sign_in(protected.code(), password="wrong")
    assert refusal(wrong) == (401, "wrong_credentials")
    assert protected.sign_in(protected.code()).status_code == 200


@pytest.mark.parametrize("path", ["login", "session"])
def test_every_way_to_sign_in_asks_for_it(protected: Person, path: str) -> None:
    body = {"email": protected.caller.user.email, "password": PASSWORD}
    url = f"/api/v1/auth/{path}"
    refused = protected.client.post(url, json=body)
    assert refusal(refused) == (401, "second_factor_required")
    code = {"code": protected.code()}
    assert protected.client.post(url, json=body | code).status_code == 200


def test_the_form_of_oauth2_asks_for_it_as_well(protected: Person) -> None:
    form = {"username": protected.caller.user.email, "password": PASSWORD}
    url = "/api/v1/auth/login/form"
    assert refusal(protected.client.post(url, data=form)) == (401, "second_factor_required")
    form["code"] = protected.code()
    assert protected.client.post(url, data=form).status_code == 200


def test_a_code_opens_once_and_none_before_it_does_later(protected: Person) -> None:
    code = protected.code()
    assert protected.sign_in(code).status_code == 200
    assert refusal(protected.sign_in(code)) == (401, "wrong_second_factor")
    assert refusal(protected.sign_in(protected.code(-1))) == (401, "wrong_second_factor")
    protected.clock.advance(seconds=30)
    assert protected.sign_in(protected.code()).status_code == 200


def test_of_many_with_one_code_at_once_one_gets_in(protected: Person) -> None:
    code = protected.code()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: protected.sign_in(code).status_code, range(6)))
    assert sorted(answers) == [200] + [401] * 5


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (1, 200), (2, 401)])
def test_a_phone_may_be_half_a_minute_off(protected: Person, steps: int, status: int) -> None:
    protected.clock.advance(minutes=5)
    assert protected.sign_in(protected.code(steps)).status_code == status


def test_a_recovery_code_opens_once_however_it_is_typed(protected: Person) -> None:
    first, second = protected.recovery_codes[:2]
    assert protected.sign_in(first).status_code == 200
    assert refusal(protected.sign_in(first)) == (401, "wrong_second_factor")
    assert protected.sign_in(f" {second.lower().replace('-', ' ')} ").status_code == 200
    assert protected.caller.get(URL).json()["recovery_codes_left"] == 8


def test_nothing_of_it_can_be_read_from_the_database(
    protected: Person, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        factor = session.scalars(select(SecondFactor)).one()
        assert protected.enrolment["secret"] not in factor.sealed_secret
        hashes = set(session.scalars(select(RecoveryCode.code_hash)))
    assert all(len(one) == 64 for one in hashes)


def test_a_secret_moved_to_another_user_makes_no_codes_there(
    protected: Person, client: ApiClient, sign_in_as: SignInAs, clock: Clock, gym: Gym,
    in_gym: InGym,
) -> None:  # fmt: skip
    other = Person(sign_in_as(Role.ADMIN), client, clock)
    other.confirm()
    with in_gym(gym.gym_id) as session:
        mine = session.get_one(SecondFactor, protected.caller.user.user_id)
        theirs = session.get_one(SecondFactor, other.caller.user.user_id)
        theirs.sealed_secret = mine.sealed_secret
    assert refusal(other.sign_in(protected.code())) == (401, "wrong_second_factor")


@pytest.mark.usefixtures("quick_hashes")
def test_d_ff_31_guessing_codes_ends_soon_and_the_right_password_forgives_nothing(
    protected: Person,
) -> None:
    for _ in range(10):
        assert protected.sign_in("000000").status_code == 401
        assert protected.sign_in().status_code in (401, 429)
    assert protected.sign_in(protected.code()).status_code == 429


def test_turning_it_off_takes_password_and_code(protected: Person) -> None:
    def turn_off(password: str, code: str) -> Any:
        body = {"current_password": password, "code": code}
        return protected.caller.post(f"{URL}/disable", json=body)

    assert refusal(turn_off("wrong", protected.code())) == (422, "wrong_password")
    assert refusal(turn_off(PASSWORD, "000000")) == (422, "code_refused")
    assert turn_off(PASSWORD, protected.code()).status_code == 204
    assert protected.sign_in().status_code == 200
    assert protected.caller.get(URL).json() == {
        "is_on": False,
        "since": None,
        "recovery_codes_left": 0,
    }
    assert refusal(turn_off(PASSWORD, "000000")) == (409, "second_factor_off")


def test_setting_it_up_takes_the_password(owner: ApiClient) -> None:
    refused = owner.post(URL, json={"current_password": "wrong"})
    assert refusal(refused) == (422, "wrong_password")
    assert refusal(owner.post(f"{URL}/confirm", json={"code": "000000"})) == (
        409,
        "second_factor_off",
    )


def test_the_owner_resets_it_for_who_lost_the_phone(
    protected: Person, owner: ApiClient, admin: ApiClient, trainer: ApiClient, clock: Clock,
    client: ApiClient,
) -> None:  # fmt: skip
    path = f"/api/v1/team/{protected.caller.user.user_id}"
    assert owner.get(path).json()["has_second_factor"] is True
    assert trainer.post(f"{path}/second-factor/reset").status_code == 403
    reset = admin.post(f"{path}/second-factor/reset")
    assert (reset.status_code, reset.json()["has_second_factor"]) == (200, False)
    assert protected.sign_in().status_code == 200
    own = f"/api/v1/team/{admin.user.user_id}/second-factor/reset"
    assert refusal(admin.post(own)) == (409, "own_account")
    of_owner = f"/api/v1/team/{owner.user.user_id}/second-factor/reset"
    assert refusal(admin.post(of_owner)) == (403, "higher_role")
