"""Accounts and plans are known by keys: case, accents and spelling of letters do not count."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import sessionmaker

from db.gym_lookup import find_gym_of
from db.migrate import migrate
from db.models import Gym, MembershipPlan, Role, User
from db.session import GymSession
from tests.factories.gyms import create_gym, create_user, new_mark
from tests.factories.members import create_plan
from tests.fixtures.postgres import MigratedDatabase

AtRevision = Callable[[str], AbstractContextManager[Connection]]
OTHER_SPELLINGS = ["ünal{}@example.com", "U\u0308NAL{}@EXAMPLE.COM", "unal{}@example.com"]


@pytest.mark.parametrize("spelling", OTHER_SPELLINGS)
def test_an_address_is_one_account_however_it_is_spelled(
    ops_session: GymSession, gym: Gym, spelling: str
) -> None:
    mark = new_mark()
    create_user(ops_session, gym=gym, role=Role.ADMIN, email=f"Ünal{mark}@example.com")
    with pytest.raises(IntegrityError, match="uq_users_email_key"):
        create_user(ops_session, gym=gym, role=Role.ADMIN, email=spelling.format(mark))
    ops_session.rollback()


def test_a_change_moves_the_key(ops_session: GymSession, gym: Gym) -> None:
    mark = new_mark()
    user = create_user(ops_session, gym=gym, role=Role.ADMIN)
    user.email, user.username = f"Żółć{mark}@example.com", f"KAROL{mark}"
    ops_session.flush()
    assert (user.email_key, user.username_key) == (f"zolc{mark}@example.com", f"karol{mark}")
    user.username = None
    ops_session.flush()
    assert user.username_key is None
    ops_session.rollback()


def test_the_database_refuses_an_account_without_its_key(ops_session: GymSession, gym: Gym) -> None:
    insert = text(
        "insert into users (gym_id, role, name, email, email_key, hashed_password)"
        " values (:gym_id, 'admin', 'A', 'Ana@example.com', :key, 'x')"
    )
    for key in (None, "Ana@example.com"):
        with pytest.raises(IntegrityError, match="email_key"):
            ops_session.execute(insert, {"gym_id": gym.gym_id, "key": key})
        ops_session.rollback()


def test_a_gym_is_found_by_its_owners_address_however_it_is_spelled(
    ops_sessions: sessionmaker[GymSession],
) -> None:
    mark = new_mark()
    with ops_sessions() as session:
        made = create_gym(session, email=f"Žaneta{mark}@example.com")
        found = find_gym_of(session, f" žANETA{mark}@example.com ")
        assert found is not None
        assert found.gym_id == made.gym_id


def test_a_plans_name_is_one_name_however_it_is_spelled(ops_session: GymSession, gym: Gym) -> None:
    create_plan(ops_session, gym=gym, name="Élite")
    with pytest.raises(IntegrityError, match="uq_packages_gym_id_name_key"):
        create_plan(ops_session, gym=gym, name="ÉLITE")
    ops_session.rollback()


def add_gym(connection: Connection, *emails: str) -> None:
    connection.exec_driver_sql(
        "insert into gyms (gym_id, name, username, email, hashed_password)"
        " values (1, 'Old', 'old', 'old@example.com', 'x');"
        " insert into packages (gym_id, name, duration_months, price) values (1, 'Élite', 1, 1)"
    )
    for email in emails:
        connection.exec_driver_sql(
            "insert into users (gym_id, role, name, email, username, hashed_password)"
            " values (1, 'admin', 'A', %s, %s, 'x')",
            (email, email.split("@", maxsplit=1)[0] + "-X"),
        )


def test_accounts_of_an_older_database_get_their_keys(
    fresh_database: MigratedDatabase, at_revision: AtRevision
) -> None:
    with at_revision("0008") as connection:
        add_gym(connection, "Ünal@Example.com", "ana@example.com")
    migrate(fresh_database.migrator_url)
    engine = create_engine(fresh_database.ops_url)
    with engine.connect() as connection:
        users = connection.execute(select(User.email_key, User.username_key).order_by(User.user_id))
        assert users.all() == [("unal@example.com", "unal-x"), ("ana@example.com", "ana-x")]
        assert connection.scalars(select(MembershipPlan.name_key)).all() == ["elite"]
    engine.dispose()


def test_two_accounts_that_are_one_now_stop_the_migration_with_what_to_do(
    fresh_database: MigratedDatabase, at_revision: AtRevision
) -> None:
    """It names rows, not people: logs are no place for addresses."""
    with at_revision("0008") as connection:
        add_gym(connection, "Ünal@example.com", "ünal@example.com")
    with pytest.raises(CommandError, match=r"^users 1 and 2 have one email now") as refusal:
        migrate(fresh_database.migrator_url)
    assert "update users set email" in str(refusal.value)
    assert "nal@" not in str(refusal.value)
    engine = create_engine(fresh_database.migrator_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("update users set email = 'other@example.com' where user_id = 2")
    engine.dispose()
    with pytest.raises(CommandError, match=r"^users 1 and 2 have one username now"):
        migrate(fresh_database.migrator_url)
