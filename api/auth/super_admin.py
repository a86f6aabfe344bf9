"""Make a super admin, or give one a new password: `python -m api.auth.super_admin ADDRESS [NAME]`.

The password is asked for, or read from a pipe, and so stands in no history of a shell.
OPS_DATABASE_URL names the database.
"""

import argparse
import sys
from getpass import getpass

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from api.auth.passwords import hash_password
from api.auth.schemas import SuperAdminAccount
from api.auth.service import end_all_sign_ins
from core.clock import read_now
from db.addresses import key_of_address
from db.models import Role, User
from db.session import GymSession, make_engine, make_session_factory, session_scope
from db.settings import OpsSettings, read_or_exit

PROGRAM = "api.auth.super_admin"


def keep_super_admin(session: GymSession, account: SuperAdminAccount) -> bool:
    """Whether the account is new. One that is there gets the password, may sign in again, and is
    signed out everywhere."""
    user = session.scalars(
        select(User)
        .where(User.role == Role.SUPER_ADMIN, User.email_key == key_of_address(account.email))
        .with_for_update()
    ).one_or_none()
    is_new = user is None
    if user is None:
        user = User(role=Role.SUPER_ADMIN, name=account.name, email=account.email)
        session.add(user)
    user.hashed_password = hash_password(account.password)
    user.is_active = True
    session.flush()
    if not is_new:
        end_all_sign_ins(session, user, now=read_now())
    return is_new


def main() -> None:
    parser = argparse.ArgumentParser(prog=f"python -m {PROGRAM}", description=__doc__)
    parser.add_argument("email", help="what they sign in with")
    parser.add_argument("name", nargs="?", default="Super admin")
    arguments = parser.parse_args()
    settings = read_or_exit(OpsSettings, PROGRAM)
    try:
        account = SuperAdminAccount(
            email=arguments.email, name=arguments.name, password=_read_password()
        )
    except ValidationError as error:
        reasons = (f"{item['loc'][0]}: {item['msg']}" for item in error.errors())
        sys.exit(f"{PROGRAM}: {'; '.join(reasons)}")
    engine = make_engine(settings.ops_database_url, pool_size=1)
    try:
        with session_scope(make_session_factory(engine)) as session:
            is_new = keep_super_admin(session, account)
    except IntegrityError:
        sys.exit(f"{PROGRAM}: {account.email} belongs to somebody of a gym; use another address")
    except SQLAlchemyError as error:
        sys.exit(f"{PROGRAM}: {str(error).partition(chr(10))[0]}")
    finally:
        engine.dispose()
    done = "may sign in now" if is_new else "has the new password"
    sys.stdout.write(f"{account.email} {done}\n")


def _read_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass("Password (12 to 128 characters): ")
    if getpass("The same again: ") != password:
        sys.exit(f"{PROGRAM}: the two differ")
    return password


if __name__ == "__main__":
    main()
