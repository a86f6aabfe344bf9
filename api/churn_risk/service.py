"""One member's chance of not coming, computed when it is asked for."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.analytics.at_risk import AtRiskRepository, MemberAtRisk
from api.churn_risk.schemas import MEDIUM_CHURN, ChurnReason, ChurnRisk, Level, Source
from api.members.errors import MemberNotFound
from api.portuguese.reasons import NO_HISTORY, word_reason_in_portuguese
from db.at_risk import HIGH_CHURN
from db.clock import AsOf
from db.models import Gym
from ds.scoring import PRIOR_RISK, Language, word_reason

NO_HISTORY_YET = "No history yet: the share of all members stands in for this one."


def read(
    session: Session,
    gym: Gym,
    member_id: int,
    *,
    as_of: AsOf,
    now: datetime,
    language: Language = Language.ENGLISH,
) -> ChurnRisk:
    """A member without any visit is answered the prior, or the table's figure once it is time."""
    found = AtRiskRepository(session, gym.gym_id, as_of.day).read([member_id])
    if not found:
        raise MemberNotFound(member_id)
    [member] = found
    has_history = member.stats.visits > 0 or member.facts.has_not_started
    probability = member.risk if has_history else PRIOR_RISK
    return ChurnRisk(
        member_id=member_id,
        as_of=as_of.instant,
        as_of_is_live=as_of.is_live,
        computed_at=now,
        probability=probability,
        level=_judge(probability),
        source=Source.RULES if has_history else Source.PRIOR,
        reasons=[ChurnReason(text=text) for text in _word(member, language)],
        note=None if has_history else _NOTES[language],
    )


_NOTES = {Language.ENGLISH: NO_HISTORY_YET, Language.PORTUGUESE: NO_HISTORY}


def _judge(probability: float) -> Level:
    if probability >= HIGH_CHURN:
        return Level.HIGH
    return Level.MEDIUM if probability >= MEDIUM_CHURN else Level.LOW


def _word(member: MemberAtRisk, language: Language) -> list[str]:
    word = word_reason_in_portuguese if language is Language.PORTUGUESE else word_reason
    return [word(reason) for reason in member.reasons]
