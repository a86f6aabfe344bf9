"""Gyms by their owner's address, for commands that may see every gym."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models.gym import Gym


def find_gym_of(session: Session, email: str) -> Gym | None:
    """The gym whose owner signs in with the address, however it is written."""
    return session.scalar(select(Gym).where(func.lower(Gym.email) == email.strip().lower()))
