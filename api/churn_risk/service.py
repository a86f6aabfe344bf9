"""One member's chance of not coming, computed on request.

The model's weights are applied here in plain Python to what is known now. Without a visit since the
night, the result is the score of that night, to the last digit.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.at_risk.churn_repository import ChurnRiskRepository
from api.at_risk.member_at_risk import MemberAtRisk
from api.at_risk.repository import AtRiskRepository
from api.churn_risk.schemas import (
    MEDIUM_CHURN,
    ActiveModel,
    ChurnReason,
    ChurnRisk,
    ChurnRiskLevel,
    ChurnRiskSource,
    Contribution,
    Outlook,
    PastScore,
)
from api.kit.principal import Principal
from api.kit.translation import translate
from api.memberships.errors import MemberNotFound
from core.clock import AsOf
from core.risk.churn import (
    VERSION,
    explain,
    group_contributions,
    is_scored,
    may_cancel,
    member_features,
    score_member,
)
from core.risk.churn_wording import format_group
from core.risk.scoring import PRIOR_RISK, ReasonCode, format_reason
from core.translation import Sentence, join, t
from db.models import ChurnLabel, ChurnModel, MemberStats, MemberStatus, ModelScope
from db.stats.at_risk import HIGH_CHURN

NO_HISTORY = t("No history yet: the share of all members stands in for this one.")
NOT_ACTIVE = t("The membership is not active; days away alone say this.")


def read(
    session: Session,
    caller: Principal,
    member_id: int,
    *,
    as_of: AsOf,
    now: datetime,
) -> ChurnRisk:
    """The probability by the best evidence there is: the model, else the rules, else the share of
    all members.

    A model scores members who came within 30 days, whose membership is valid or unknown and not
    frozen. Raises MemberNotFound.
    """
    found = AtRiskRepository(session, caller.gym_id, as_of.day).read([member_id])
    if not found:
        raise MemberNotFound(member_id)
    [member] = found
    repository = ChurnRiskRepository(session, caller.gym_id)
    models = repository.find_active_models()
    day = _choose_day(as_of, member.stats)
    row = repository.read_facts([member_id], day)[member_id]
    lapse = _score(models.get(ChurnLabel.LAPSE), row, day)
    cancel = models.get(ChurnLabel.CANCEL) if may_cancel(row) else None
    notice_for = _read_notice(row, as_of.day)
    has_history = member.stats.visits > 0 or member.facts.has_not_started
    if lapse is not None:
        probability, source = lapse.probability, _name_source(lapse.model.scope)
    elif has_history:
        probability, source = member.risk_by_rules, ChurnRiskSource.RULES
    else:
        probability, source = _read_prior(models.get(ChurnLabel.LAPSE)), ChurnRiskSource.PRIOR
    return ChurnRisk(
        member_id=member_id,
        as_of=as_of.instant,
        as_of_is_live=as_of.is_live,
        computed_at=now,
        day=day,
        probability=probability,
        level=_find_level(probability),
        source=source,
        logit=lapse.logit if lapse else None,
        base=lapse.base if lapse else None,
        contributions=lapse.contributions if lapse else [],
        reasons=lapse.reasons if lapse else _list_rule_reasons(member),
        model=lapse.model if lapse else None,
        cancel=_score(cancel, row, day),
        notice_for=notice_for,
        history=[PastScore.model_validate(score) for score in repository.history(member_id)],
        note=_note(member, has_history, notice_for),
    )


def _choose_day(as_of: AsOf, stats: MemberStats) -> date:
    """The newest day that is over, as for the nightly scores, or the day of a visit since."""
    finished = as_of.day - timedelta(days=1) if as_of.is_live else as_of.day
    return max(finished, stats.last_visit_on or finished)


def _score(model: ChurnModel | None, row: Mapping[str, Any], day: date) -> Outlook | None:
    """What the model says; None where there is none or it may not judge this member."""
    if model is None or not is_scored(row, day) or not _is_readable(model):
        return None
    features = member_features(row, day)
    score = score_member(model.weights, features)
    explanations, _ = explain(model.weights, features)
    groups = sorted(group_contributions(score).items(), key=lambda item: -abs(item[1]))
    return Outlook(
        probability=score.probability,
        logit=score.logit,
        base=score.base,
        contributions=[
            Contribution(
                group=group, contribution=added, text=translate(format_group(group, features))
            )
            for group, added in groups
        ],
        reasons=[ChurnReason(code=one.group, text=translate(one.text)) for one in explanations],
        model=_to_active_model(model),
    )


def _is_readable(model: ChurnModel) -> bool:
    """False for a version that other code trained: its features or its question were others."""
    return model.code_version == str(VERSION)


def _to_active_model(model: ChurnModel) -> ActiveModel:
    measured = model.metrics.get("all", {})
    return ActiveModel(
        model_id=model.model_id,
        label=ChurnLabel(model.label),
        scope=model.scope,
        algorithm=model.algorithm,
        version=model.code_version,
        trained_from=model.train_from,
        trained_to=model.train_to,
        auc=measured.get("auc"),
        brier=measured.get("brier"),
        ece=measured.get("ece"),
        promoted_at=model.promoted_at,
    )


def _name_source(scope: str) -> ChurnRiskSource:
    return ChurnRiskSource.POOLED_MODEL if scope == ModelScope.POOLED else ChurnRiskSource.GYM_MODEL


def _read_prior(model: ChurnModel | None) -> float:
    """The share of the outcome in the model's training data, or the documented one."""
    return round(model.events / model.rows, 4) if model is not None else PRIOR_RISK


def _find_level(probability: float) -> ChurnRiskLevel:
    if probability >= HIGH_CHURN:
        return ChurnRiskLevel.HIGH
    return ChurnRiskLevel.MEDIUM if probability >= MEDIUM_CHURN else ChurnRiskLevel.LOW


def _list_rule_reasons(member: MemberAtRisk) -> list[ChurnReason]:
    return [
        ChurnReason(code=reason.code, text=translate(format_reason(reason)))
        for reason in member.reasons
        if reason.code is not ReasonCode.HIGH_CHURN
    ]


def _read_notice(row: Mapping[str, Any], today: date) -> date | None:
    """The last day of a membership that still runs and of which notice has been given."""
    last_day: date | None = row["notice_for"]
    return last_day if last_day is not None and last_day >= today else None


def _note(member: MemberAtRisk, has_history: bool, notice_for: date | None) -> str | None:
    notes: list[Sentence] = []
    if notice_for is not None:
        notes.append(t("Has given notice for {day}.", day=notice_for))
    if not has_history:
        notes.append(NO_HISTORY)
    elif member.status != MemberStatus.ACTIVE:
        notes.append(NOT_ACTIVE)
    return translate(join(" ", *notes)) if notes else None
