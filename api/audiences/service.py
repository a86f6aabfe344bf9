"""Filters of members under a name, for lists and for writing to."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from api.audiences.repository import AudienceRepository, AudienceSort
from api.audiences.schemas import AudienceCreate, AudienceItem, AudienceUpdate
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.members.errors import TrainerNotFound
from api.members.filters import MemberFilter
from api.members.repository import MemberRepository
from api.membership_plans.repository import MembershipPlanRepository
from db.models import Audience


def create(session: Session, caller: Principal, data: AudienceCreate) -> AudienceItem:
    """Raises `PlanNotFound` and `TrainerNotFound` for what the filter names."""
    _check_filter(session, caller, data.filter)
    audience = Audience(
        gym_id=caller.gym_id, name=data.name, filter=_keep(data.filter), owner_id=caller.user_id
    )
    AudienceRepository(session, caller.gym_id).add(audience)
    return _to_item(audience, caller.user.name)


def update(
    session: Session, caller: Principal, audience_id: int, data: AudienceUpdate
) -> AudienceItem:
    audiences = AudienceRepository(session, caller.gym_id)
    audience = audiences.get_or_refuse(audience_id)
    changes: dict[str, Any] = {}
    if data.name is not None:
        changes["name"] = data.name
    if data.filter is not None:
        _check_filter(session, caller, data.filter)
        changes["filter"] = _keep(data.filter)
    audiences.update(audience, changes)
    return _to_item(audience, audiences.get_owner(audience))


def delete(session: Session, caller: Principal, audience_id: int) -> None:
    """What was written to it before stays as it was."""
    audiences = AudienceRepository(session, caller.gym_id)
    audiences.delete(audiences.get_or_refuse(audience_id))


def read(session: Session, caller: Principal, audience_id: int) -> AudienceItem:
    audiences = AudienceRepository(session, caller.gym_id)
    audience = audiences.get_or_refuse(audience_id)
    return _to_item(audience, audiences.get_owner(audience))


def list_page(
    session: Session, caller: Principal, page: PageRequest, *, sort: AudienceSort
) -> Page[AudienceItem]:
    rows, total = AudienceRepository(session, caller.gym_id).list_page(page, sort=sort)
    items = [_to_item(row.Audience, row.owner) for row in rows]
    return Page[AudienceItem].of(items, total, page)


def find_members(session: Session, gym_id: int, audience_id: int, *, day: date) -> list[int]:
    """Who is in it on `day`, by name. Raises `AudienceNotFound`."""
    audience = AudienceRepository(session, gym_id).get_or_refuse(audience_id)
    chosen = MemberFilter.model_validate(audience.filter)
    return list(MemberRepository(session, gym_id).list_ids(chosen, day=day))


def _check_filter(session: Session, caller: Principal, chosen: MemberFilter) -> None:
    if chosen.plan_id is not None:
        MembershipPlanRepository(session, caller.gym_id).get_or_refuse(chosen.plan_id)
    members = MemberRepository(session, caller.gym_id)
    if chosen.trainer_id is not None and not members.has_trainer(chosen.trainer_id):
        raise TrainerNotFound(chosen.trainer_id)


def _keep(chosen: MemberFilter) -> dict[str, Any]:
    return chosen.model_dump(mode="json", exclude_none=True)


def _to_item(audience: Audience, owner: str) -> AudienceItem:
    return AudienceItem(
        audience_id=audience.audience_id,
        name=audience.name,
        filter=MemberFilter.model_validate(audience.filter),
        owner=owner,
        updated_at=audience.updated_at,
    )
