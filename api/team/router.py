from typing import Annotated

from fastapi import APIRouter, Depends

from api.auth.errors import WrongPassword
from api.auth.router import AttemptsDep
from api.kit.deps import NowDep, Require, SessionDep, SettingsDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, QueryFlag
from api.team import service as team
from api.team.errors import NotAnAdmin, OwnAccount, OwnerProtected, TeammateNotFound
from api.team.hand_over import hand_over
from api.team.schemas import HandOverRequest, TeamItem, TeamUpdate
from db.models import Role

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_TEAM))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_TEAM))]
Owner = Annotated[Principal, Depends(Require(Permission.HAND_OVER_GYM))]


@router.get("", summary="The people who work with the gym's data")
def list_team(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    role: Role | None = None,
    is_active: QueryFlag | None = None,
) -> Page[TeamItem]:
    """The owner first. Members who sign in are not among them."""
    return team.list_page(session, caller, page, role=role, is_active=is_active)


@router.post(
    "/hand-over",
    summary="Make an admin the owner of the gym",
    responses=describe(TeammateNotFound, NotAnAdmin, WrongPassword),
)
def hand_gym_over(
    session: SessionDep,
    caller: Owner,
    attempts: AttemptsDep,
    settings: SettingsDep,
    now: NowDep,
    data: HandOverRequest,
) -> TeamItem:
    """For the owner alone, with the password. The owner is an admin afterwards; both sign in as
    before. Returns the new owner, whose address the gym's becomes."""
    return hand_over(session, attempts, caller, data, settings, now=now)


@router.get("/{user_id}", summary="One of them", responses=describe(TeammateNotFound))
def read_teammate(session: SessionDep, caller: Reader, user_id: Id) -> TeamItem:
    return team.read(session, caller, user_id)


@router.patch(
    "/{user_id}",
    summary="Change somebody's name or role",
    responses=describe(TeammateNotFound, OwnerProtected, OwnAccount),
)
def update_teammate(session: SessionDep, caller: Editor, user_id: Id, data: TeamUpdate) -> TeamItem:
    """Nobody gives or takes a role above their own, or changes the role of themselves."""
    return team.update(session, caller, user_id, data)


@router.post(
    "/{user_id}/disable",
    summary="Let somebody in no more",
    responses=describe(TeammateNotFound, OwnerProtected, OwnAccount),
)
def disable_teammate(session: SessionDep, caller: Editor, user_id: Id, now: NowDep) -> TeamItem:
    """At once: sessions, refresh tokens and access tokens end. What they did stays. Again changes
    nothing."""
    return team.disable(session, caller, user_id, now=now)


@router.post(
    "/{user_id}/enable", summary="Let somebody in again", responses=describe(TeammateNotFound)
)
def enable_teammate(session: SessionDep, caller: Editor, user_id: Id) -> TeamItem:
    """With the password they had. They sign in anew. Again changes nothing."""
    return team.enable(session, caller, user_id)


@router.post(
    "/{user_id}/second-factor/reset",
    summary="Forget somebody's second factor",
    responses=describe(TeammateNotFound, OwnAccount),
)
def reset_second_factor(session: SessionDep, caller: Editor, user_id: Id) -> TeamItem:
    """For who has lost the phone and the recovery codes. Be sure that it is them who ask: the
    password alone lets them in then. Nobody resets their own, or one of a role above their own."""
    return team.reset_second_factor(session, caller, user_id)
