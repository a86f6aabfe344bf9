from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from api.kit.deps import get_settings
from db.member_facts import write_freely
from db.models import Gym, Payment, Role, User
from tests.factories.gyms import PASSWORD
from tests.factories.members import create_member, create_transaction
from tests.fixtures.waiting import wait_until_blocked

ME = "/api/v1/organizations/me"


def test_the_owner_reads_the_profile_of_the_own_gym(owner, gym):
    assert owner.get(ME).json() == {
        "gym_id": gym.gym_id,
        "name": gym.name,
        "username": gym.username,
        "email": gym.email,
        "email_confirmed": True,
        "phone": None,
        "address": None,
        "timezone": "UTC",
        "pending_timezone": None,
        "currency": "EUR",
        "language": "en",
        "brand_colour": None,
        "has_logo": False,
        "reply_to": None,
        "reply_to_confirmed": True,
        "mails_daily_report": False,
        "sends_payment_reminders": False,
        "enforces_access": False,
        "debt_grace_days": 7,
        "absence_days": 14,
        "absence_gaps": 3,
        "mail_pause_days": 7,
        "mail_daily_limit": None,
        "sms_problem": "Sending SMS is not set up: SMS_PROVIDER is empty in the platform's"
        " settings.",
        "email_configured": True,
        "email_ready": True,
        "email_problem": None,
    }


def test_what_is_sent_changes_and_the_rest_stays(owner, gym):
    answer = owner.patch(
        ME,
        json={
            "name": "Hillside",
            "phone": "+351 210 000 000",
            "reply_to": "hello@example.com",
            "timezone": "America/Sao_Paulo",
        },
    )
    assert answer.status_code == 200
    after = owner.get(ME).json()
    assert after == answer.json()
    assert (after["name"], after["timezone"], after["username"]) == (
        "Hillside",
        "America/Sao_Paulo",
        gym.username,
    )
    assert owner.patch(ME, json={"phone": "", "reply_to": None}).json()["phone"] is None
    assert owner.get("/api/v1/auth/me").json()["gym"]["name"] == "Hillside"


def test_the_owner_signs_in_with_the_changed_address(owner, client):
    address = f"new-{owner.user.email}"
    assert owner.patch(ME, json={"email": address}).status_code == 200
    body = {"password": PASSWORD}
    assert client.post("/api/v1/auth/login", json=body | {"email": address}).status_code == 200
    old = client.post("/api/v1/auth/login", json=body | {"email": owner.user.email})
    assert old.status_code == 401


def test_somebody_elses_address_is_refused_and_nothing_changes(owner, other_gym, gym):
    answer = owner.patch(ME, json={"name": "Hillside", "email": other_gym.email.upper()})
    assert answer.status_code == 409
    assert owner.get(ME).json()["name"] == gym.name


@pytest.mark.parametrize(
    "body",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "UTC\x00"},
        {"timezone": None},
        {"currency": "ABC"},
        {"currency": "BGN"},
        {"name": ""},
        {"name": None},
        {"email": "nobody"},
        {"reply_to": "a@example.com, b@example.com"},
        {"reply_to": "a@example.com\nBcc: b@example.com"},
        {"gym_id": 1},
        {"is_demo": False},
        {"hashed_password": "x"},
    ],
)
def test_a_change_that_cannot_be_is_refused(owner, body):
    assert owner.patch(ME, json=body).status_code == 422


def test_the_currency_changes_until_money_is_written_down(owner, gym, in_gym, clock):
    assert owner.patch(ME, json={"currency": "BRL"}).json()["currency"] == "BRL"
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        create_transaction(session, gym=gym, member=member, at=clock.now, currency="BRL")
    refused = owner.patch(ME, json={"currency": "EUR", "name": "Hillside"})
    assert refused.status_code == 409
    assert refused.json()["code"] == "currency_fixed"
    assert owner.get(ME).json()["name"] == gym.name
    assert owner.patch(ME, json={"currency": "BRL"}).status_code == 200


def test_an_attempted_payment_fixes_the_currency_too(owner, gym, in_gym, clock):
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        write_freely(session)
        session.add(
            Payment(
                gym_id=gym.gym_id,
                member_id=member.member_id,
                amount=100,
                currency="EUR",
                state="pending",
                due_on=clock.now.date(),
            )
        )
    assert owner.patch(ME, json={"currency": "USD"}).status_code == 409


def test_without_mail_settings_the_profile_says_why(owner, api_app, api_settings):
    without = api_settings.model_copy(update={"smtp_host": None})
    api_app.dependency_overrides[get_settings] = lambda: without
    body = owner.get(ME).json()
    assert body["email_ready"] is False
    assert "SMTP_HOST" in body["email_problem"]


@pytest.mark.parametrize(
    ("role", "reads", "edits"),
    [
        (Role.ADMIN, 200, 200),
        (Role.RECEPTIONIST, 200, 403),
        (Role.TRAINER, 200, 403),
        (Role.MEMBER, 403, 403),
    ],
)
def test_who_may_read_and_who_may_change(sign_in_as, role, reads, edits):
    person = sign_in_as(role)
    assert person.get(ME).status_code == reads
    assert person.patch(ME, json={"phone": "1"}).status_code == edits


def test_the_owners_row_follows_the_gyms_names(owner, ops_session):
    owner.patch(ME, json={"username": f"x{owner.user.username}"})
    assert ops_session.get(User, owner.user.user_id).username == f"x{owner.user.username}"


def test_a_change_waits_for_another_and_is_made_to_what_that_left(owner, gym, in_gym, ops_session):
    """It waits at the owner's row, and holds the gym's, which everybody needs, only afterwards."""
    name, address = f"x{gym.username}", f"new-{gym.email}"
    with ThreadPoolExecutor(1) as pool:
        with in_gym(gym.gym_id) as session:
            person = session.get_one(User, owner.user.user_id, with_for_update=True)
            changing = pool.submit(owner.patch, ME, json={"username": name})
            wait_until_blocked(changing, by=session, watcher=ops_session)
            free = select(Gym).where(Gym.gym_id == gym.gym_id).with_for_update(nowait=True)
            person.email = session.scalars(free).one().email = address
        answer = changing.result()
    assert (answer.status_code, answer.json()["email"]) == (200, address)
    person = ops_session.get(User, owner.user.user_id)
    assert (person.username, person.email) == (name, address)
