"""Members who are paid for together. An archived member stays in the household; its payer cannot be
archived or erased until somebody else pays."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from api.households.errors import HouseholdFull, NotInHousehold, PayerStays
from api.households.repository import HouseholdRepository
from api.households.schemas import (
    MAX_PEOPLE,
    HouseholdCreate,
    HouseholdItem,
    HouseholdMemberRequest,
    HouseholdPerson,
)
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.members.errors import NoLongerKept
from api.members.repository import MemberRepository
from api.memberships.errors import MemberNotFound
from core.money import to_major
from db.base import AnyRow
from db.models import Household, Standing
from db.stats.member_stats import lock_member_stats

_KEPT = frozenset(Standing) - {Standing.ARCHIVED, Standing.ERASED, Standing.MERGED}


def create(session: Session, caller: Principal, data: HouseholdCreate) -> HouseholdItem:
    """Raises `InHousehold` for whoever is in another one."""
    people = {data.payer_id, *data.member_ids}
    _hold(session, caller, people)
    households = HouseholdRepository(session, caller.gym_id)
    household = Household(gym_id=caller.gym_id)
    households.add(household)
    for member_id in sorted(people):
        households.add_person(
            household.household_id, member_id, is_payer=member_id == data.payer_id
        )
    return _read(households, caller, household)


def set_payer(
    session: Session, caller: Principal, household_id: int, data: HouseholdMemberRequest
) -> HouseholdItem:
    """Of its people. Raises `NotInHousehold`."""
    _hold(session, caller, {data.member_id})
    households = HouseholdRepository(session, caller.gym_id)
    household = households.lock_or_refuse(household_id)
    if households.find_person(household_id, data.member_id) is None:
        raise NotInHousehold
    households.set_payer(household_id, data.member_id)
    return _read(households, caller, household)


def add_member(
    session: Session, caller: Principal, household_id: int, data: HouseholdMemberRequest
) -> HouseholdItem:
    """Raises `InHousehold`, `HouseholdFull`."""
    _hold(session, caller, {data.member_id})
    households = HouseholdRepository(session, caller.gym_id)
    household = households.lock_or_refuse(household_id)
    if households.count_people(household_id) >= MAX_PEOPLE:
        raise HouseholdFull(MAX_PEOPLE)
    households.add_person(household_id, data.member_id)
    return _read(households, caller, household)


def remove_member(session: Session, caller: Principal, household_id: int, member_id: int) -> None:
    """Raises `NotInHousehold`, `PayerStays`."""
    households = HouseholdRepository(session, caller.gym_id)
    households.lock_or_refuse(household_id)
    person = households.find_person(household_id, member_id)
    if person is None:
        raise NotInHousehold
    if person.is_payer:
        raise PayerStays
    households.remove_person(household_id, member_id)


def delete(session: Session, caller: Principal, household_id: int) -> None:
    """Its people stay as they are; nobody pays for the others any more."""
    households = HouseholdRepository(session, caller.gym_id)
    households.delete(households.lock_or_refuse(household_id))


def read(session: Session, caller: Principal, household_id: int) -> HouseholdItem:
    households = HouseholdRepository(session, caller.gym_id)
    return _read(households, caller, households.get_or_refuse(household_id))


def list_page(
    session: Session,
    caller: Principal,
    page: PageRequest,
    *,
    member_id: int | None,
) -> Page[HouseholdItem]:
    households = HouseholdRepository(session, caller.gym_id)
    rows, total = households.list_page(page, member_id=member_id)
    items = _to_items(households, caller, [row.Household for row in rows])
    return Page[HouseholdItem].of(items, total, page)


def _hold(session: Session, caller: Principal, member_ids: set[int]) -> None:
    """Lock the members, so that they are not archived, erased or merged meanwhile.

    Raises `MemberNotFound`, and `NoLongerKept` for one who has been.
    """
    missing = member_ids - lock_member_stats(session, caller.gym_id, member_ids)
    if missing:
        raise MemberNotFound(min(missing))
    members = MemberRepository(session, caller.gym_id)
    for member_id in sorted(member_ids):
        if members.get_or_refuse(member_id, fresh=True).standing not in _KEPT:
            raise NoLongerKept


def _read(
    households: HouseholdRepository, caller: Principal, household: Household
) -> HouseholdItem:
    [item] = _to_items(households, caller, [household])
    return item


def _to_items(
    households: HouseholdRepository, caller: Principal, rows: Sequence[Household]
) -> list[HouseholdItem]:
    people: dict[int, list[AnyRow]] = {row.household_id: [] for row in rows}
    for person in households.list_people(people):
        people[person.HouseholdMember.household_id].append(person)
    payers = {key: found[0].Member.member_id for key, found in people.items()}
    paid = households.sum_paid(payers.values())
    return [
        HouseholdItem(
            household_id=row.household_id,
            payer_id=payers[row.household_id],
            people=[
                HouseholdPerson(
                    member_id=person.Member.member_id,
                    name=person.Member.name,
                    number=person.Member.number,
                    standing=person.Member.standing,
                    status=person.Member.status,
                    plan_name=person.plan_name,
                    is_payer=person.HouseholdMember.is_payer,
                    paid=to_major(
                        paid.get((payers[row.household_id], person.Member.member_id), 0),
                        caller.gym.currency,
                    ),
                )
                for person in people[row.household_id]
            ],
            created_at=row.created_at,
        )
        for row in rows
    ]
