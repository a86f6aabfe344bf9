from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query

from api.churn_risk import service as churn_risk
from api.churn_risk.schemas import ChurnRisk
from api.kit.deps import AsOfDep, NowDep, Require, SessionDep
from api.kit.errors import Forbidden, MemberNotFound, Unauthorized, describe
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.schemas import Id
from core.risk.churn_wording import Language

router = APIRouter(responses=describe(Unauthorized, Forbidden))

MAX_LANGUAGES_LENGTH = 200
"""Characters of Accept-Language that are read."""

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERS))]


def read_language(
    lang: Annotated[
        Language | None, Query(description="Of reasons and notes; Accept-Language when left out")
    ] = None,
    accept_language: Annotated[
        str | None, Header(json_schema_extra={"maxLength": MAX_LANGUAGES_LENGTH})
    ] = None,
) -> Language:
    if lang is not None:
        return lang
    wants_portuguese = (
        (accept_language or "")[:MAX_LANGUAGES_LENGTH].strip().lower().startswith("pt")
    )
    return Language.PORTUGUESE if wants_portuguese else Language.ENGLISH


@router.get(
    "/{member_id}/churn-risk",
    summary="How likely one member is not to come, and why",
    responses=describe(MemberNotFound),
)
def read_churn_risk(
    session: SessionDep,
    caller: Reader,
    as_of: AsOfDep,
    now: NowDep,
    member_id: Id,
    language: Annotated[Language, Depends(read_language)],
) -> ChurnRisk:
    """Computed now. `base` and the contributions add up to `logit`. A member without any visit gets
    the share of all members, which `note` states."""
    return churn_risk.read(session, caller, member_id, as_of=as_of, now=now, language=language)
