"""Demo people: they look real and can be reached by nobody."""

from passlib.context import CryptContext

from etl.demo_gyms import DEMO_GYMS, DEMO_PASSWORD
from tests.etl.simulated import read

RESERVED = ("example.com", "example.org", "example.net")


def test_every_address_is_reserved_for_examples(demo) -> None:
    columns = [
        ("customers", "email"),
        ("trainers", "email"),
        ("gyms", "email"),
        ("gyms", "reply_to"),
        ("users", "email"),
    ]
    for table, column in columns:
        for (address,) in read(demo, f"select {column} from {table} where {column} is not null"):
            assert address.rpartition("@")[2] in RESERVED, (table, address)
            assert address.isascii()


def test_no_two_members_share_an_address(demo) -> None:
    shared = "select count(email) - count(distinct email) from customers"
    assert read(demo, shared) == [(0,)]


def test_most_members_may_be_written_to_some_may_not_and_some_have_no_address(demo) -> None:
    consents = dict(read(demo, "select email_consent, count(*) from customers group by 1"))
    members = sum(consents.values())
    assert consents["given"] > 0.75 * members
    assert consents["refused"] > 0
    assert consents["unknown"] > 0
    without = "select email_consent from customers where email is null"
    assert {consent for (consent,) in read(demo, without)} == {"unknown"}
    told = """
        select count(*) from customers where (email_consent = 'unknown')
        <> (email_consent_source is null and email_consent_at is null)"""
    assert read(demo, told) == [(0,)]


def test_the_owner_signs_in_with_the_demo_password(demo) -> None:
    owner = """
        select g.email, g.username, g.hashed_password, u.role, u.hashed_password, g.is_demo
        from gyms g join users u using (gym_id) order by gym_id limit 1"""
    email, username, kept, role, users_hash, is_demo = read(demo, owner)[0]
    assert (email, username, role, users_hash, is_demo) == (
        "admin@example.com", "admin", "owner", None, True,
    )  # fmt: skip
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert CryptContext(schemes=["argon2"]).verify(DEMO_PASSWORD, kept)


def test_the_three_gyms_differ_in_size_clock_and_money() -> None:
    for difference in ("members", "timezone", "currency", "locale", "email", "key"):
        assert len({getattr(gym, difference) for gym in DEMO_GYMS}) == 3, difference
    for gym in DEMO_GYMS:
        assert abs(sum(gym.habits.values()) - 1) < 1e-9
        assert abs(sum(plan.share for plan in gym.plans) - 1) < 1e-9
