"""The at-risk rule of a gym: read once for a request."""

from datetime import date

from sqlalchemy.orm import Session

from core.risk.rule import RiskRule
from db.models import Gym
from db.stats.closed_days import read_closed_days


def read_risk_rule(session: Session, gym_id: int, day: date) -> RiskRule:
    """As it is for the gym's local `day`: with the closed days up to it."""
    gym = session.get_one(Gym, gym_id)  # which a request has read already
    closed = read_closed_days(session, gym_id, day)
    return RiskRule(gym.absence_days, gym.absence_gaps, closed)
