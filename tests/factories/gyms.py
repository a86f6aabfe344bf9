"""Gyms and the people who sign in. Every name is new, so tests never meet."""

import functools
import secrets
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.auth.passwords import hash_password
from api.kit.principal import Principal
from db.models import AddressConfirmation, Gym, Role, User

PASSWORD = "correct horse battery"
"""The password of everyone whom a factory makes."""


@functools.cache
def hash_of_password() -> str:
    return hash_password(PASSWORD)


def new_mark() -> str:
    """What makes a name one that no other test has."""
    return secrets.token_hex(5)


def create_gym(session: Session, *, is_confirmed: bool = True, **over: Any) -> Gym:
    """A gym and its owner, whose address is confirmed. Needs a session that sees all gyms (ops)."""
    mark = new_mark()
    values: dict[str, Any] = {
        "name": f"Gym {mark}",
        "username": f"owner_{mark}",
        "email": f"owner-{mark}@example.com",
        "hashed_password": hash_of_password(),
        "timezone": "UTC",
        "currency": "EUR",
    }
    gym = Gym(**(values | over))
    session.add(gym)
    session.flush()
    session.add(
        User(
            gym_id=gym.gym_id,
            role=Role.OWNER,
            name=f"Owner {mark}",
            email=gym.email,
            username=gym.username,
            hashed_password=None,
        )
    )
    if is_confirmed:
        confirm_address(session, gym, gym.email)
    session.flush()
    session.refresh(gym)
    return gym


def confirm_address(session: Session, gym: Gym, address: str) -> None:
    """As if the link in a mail had been used."""
    now = func.now()
    session.add(
        AddressConfirmation(gym_id=gym.gym_id, address=address, expires_at=now, confirmed_at=now)
    )


def create_user(session: Session, *, gym: Gym | None, role: Role, **over: Any) -> User:
    """Someone with this role. A super admin has no gym; an owner comes with `create_gym`."""
    mark = new_mark()
    values: dict[str, Any] = {
        "gym_id": None if gym is None else gym.gym_id,
        "role": role.value,
        "name": f"{role.value} {mark}",
        "email": f"{role.value}-{mark}@example.com".replace("_", "-"),
        "username": f"{role.value}_{mark}",
        "hashed_password": hash_of_password(),
    }
    user = User(**(values | over))
    session.add(user)
    session.flush()
    session.refresh(user)
    return user


def make_owner_caller(session: Session, gym: Gym) -> Principal:
    """Who a service is called by when no request is: the gym's owner, as a session sees them."""
    owner = session.scalars(
        select(User).where(User.gym_id == gym.gym_id, User.role == Role.OWNER)
    ).one()
    return Principal(owner, gym, Role.OWNER, None)
