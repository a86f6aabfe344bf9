"""Gyms by their owner's address, for commands that may see every gym."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.addresses import key_of_address
from db.models.gym import Gym
from db.models.user import Role, User


def find_gym_of(session: Session, email: str) -> Gym | None:
    """The gym whose owner signs in with the address, however it is written."""
    return session.scalar(
        select(Gym)
        .join(User, User.gym_id == Gym.gym_id)
        .where(User.role == Role.OWNER, User.email_key == key_of_address(email.strip()))
    )
