"""Who works with the gym's data, as what, and whether they still may."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from api.auth.second_factor.repository import SecondFactorRepository
from api.auth.service import end_all_sign_ins
from api.kit.pagination import Page, PageRequest
from api.kit.permissions import RANKS
from api.kit.principal import Principal
from api.team.errors import HigherRole, OwnAccount, OwnerProtected
from api.team.repository import TeamRepository
from api.team.schemas import TeamItem, TeamUpdate
from db.models import Role, User
from db.session import GymSession
from db.types import GymId


def list_page(
    session: Session,
    caller: Principal,
    page: PageRequest,
    *,
    role: Role | None,
    is_active: bool | None,
) -> Page[TeamItem]:
    people, total = TeamRepository(session, caller.gym_id).list_page(
        page, role=role, is_active=is_active
    )
    return Page[TeamItem].of(_to_items(session, caller.gym_id, people), total, page)


def read(session: Session, caller: Principal, user_id: int) -> TeamItem:
    return to_item(session, TeamRepository(session, caller.gym_id).get_or_refuse(user_id))


def update(session: Session, caller: Principal, user_id: int, data: TeamUpdate) -> TeamItem:
    """Give somebody another name or role.

    Raises `OwnerProtected`, `OwnAccount` and `HigherRole` for a role that cannot be given.
    """
    person = TeamRepository(session, caller.gym_id).lock_or_refuse(user_id)
    if data.role is not None and data.role != person.role:
        check_may_manage(caller, person)
        check_may_give(caller, data.role)
    for field, value in data.changes().items():
        setattr(person, field, value)
    session.flush()
    return to_item(session, person)


def disable(session: GymSession, caller: Principal, user_id: int, *, now: datetime) -> TeamItem:
    """From now on they are refused everywhere, also where they are signed in.

    Raises `OwnerProtected`, `OwnAccount` and `HigherRole`.
    """
    person = TeamRepository(session, caller.gym_id).lock_or_refuse(user_id)
    check_may_manage(caller, person)
    if person.is_active:
        person.is_active = False
        end_all_sign_ins(session, person, now=now)
        session.flush()
    return to_item(session, person)


def enable(session: Session, caller: Principal, user_id: int) -> TeamItem:
    """They may sign in again, with the password that they had."""
    person = TeamRepository(session, caller.gym_id).lock_or_refuse(user_id)
    person.is_active = True
    session.flush()
    return to_item(session, person)


def check_may_manage(caller: Principal, person: User) -> None:
    """Raises `OwnerProtected`, `OwnAccount` and `HigherRole`."""
    if person.role == Role.OWNER:
        raise OwnerProtected
    if person.user_id == caller.user_id:
        raise OwnAccount
    check_may_give(caller, person.role)


def check_may_give(caller: Principal, role: Role) -> None:
    """Raises `HigherRole`."""
    if RANKS[role] > RANKS[caller.role]:
        raise HigherRole


def reset_second_factor(session: Session, caller: Principal, user_id: int) -> TeamItem:
    """For who has lost the phone and the recovery codes: the password alone lets them in again.

    Raises `OwnAccount` (one's own takes password and code) and `HigherRole`.
    """
    person = TeamRepository(session, caller.gym_id).lock_or_refuse(user_id)
    if person.user_id == caller.user_id:
        raise OwnAccount
    check_may_give(caller, person.role)
    SecondFactorRepository(session, caller.gym_id).delete(user_id)
    return to_item(session, person)


def to_item(session: Session, person: User) -> TeamItem:
    assert person.gym_id is not None, "a super admin is of no team"
    [item] = _to_items(session, person.gym_id, [person])
    return item


def _to_items(session: Session, gym_id: int, people: Sequence[User]) -> list[TeamItem]:
    protected = SecondFactorRepository(session, GymId(gym_id)).list_users_with_one(
        one.user_id for one in people
    )
    return [
        TeamItem(
            user_id=one.user_id,
            name=one.name,
            email=one.email,
            username=one.username,
            role=one.role,
            is_active=one.is_active,
            has_second_factor=one.user_id in protected,
            last_used_at=one.last_used_at,
            created_at=one.created_at,
        )
        for one in people
    ]
