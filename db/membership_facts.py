"""Memberships between their rows and `core.memberships`, which knows what follows from them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.memberships import facts
from core.memberships.facts import DAY, Span
from core.memberships.prices import continue_prices, price_a_term
from db.models import (
    AgreedPrice,
    AgreedPriceReason,
    Membership,
    MembershipFreeze,
    MembershipTerm,
)

# A term is due once its first day is there, so nothing is due of what is paid for today. Who is
# frozen may be among them: whether a day between was not, `facts` tells.
_MAYBE_DUE = text(
    """
select membership_id, customer_id as member_id from memberships
where gym_id = :gym_id and renews_automatically and paid_until < :day and membership_id > :after
  and (last_day is null or last_day > paid_until)
order by membership_id limit :limit
"""
)
_SET_PAID = text(
    """
update memberships m set paid_until = n.paid_until, updated_at = now()
from unnest(cast(:ids as bigint[]), cast(:days as date[])) n (membership_id, paid_until)
where m.gym_id = :gym_id and m.membership_id = n.membership_id
"""
)


def read_facts(
    row: Membership, freezes: Iterable[MembershipFreeze], terms: int
) -> facts.Membership:
    """Where no terms are known, the end of a row was stated; a notice has put it aside."""
    has_terms = row.months is not None or row.days is not None
    stated_end = row.ends_on if row.last_day is None else row.paid_until
    return facts.Membership(
        starts_on=row.starts_on,
        months=row.months,
        days=row.days,
        terms=terms,
        stated_end=None if has_terms else stated_end,
        renews=row.renews_automatically,
        freezes=tuple(sorted(Span(freeze.starts_on, freeze.ends_on + DAY) for freeze in freezes)),
        last_day=row.last_day,
        cancelled_on=row.cancelled_on,
    )


def write_facts(row: Membership, membership: facts.Membership) -> None:
    """Set the columns of the row, those that follow as well. Freezes and terms are rows."""
    row.starts_on = membership.starts_on
    row.months, row.days = membership.months, membership.days
    row.renews_automatically = membership.renews
    row.last_day, row.cancelled_on = membership.last_day, membership.cancelled_on
    row.paid_until, row.ends_on = membership.paid_until, membership.ends_on


def load_facts(
    session: Session, gym_id: int, rows: Sequence[Membership]
) -> dict[int, facts.Membership]:
    """What is stored of these memberships, by their keys."""
    ids = [row.membership_id for row in rows]
    freezes: dict[int, list[MembershipFreeze]] = {}
    for freeze in session.scalars(
        select(MembershipFreeze).where(
            MembershipFreeze.in_gym(gym_id), MembershipFreeze.membership_id.in_(ids)
        )
    ):
        freezes.setdefault(freeze.membership_id, []).append(freeze)
    terms: dict[int, int] = {}
    for membership_id, last in session.execute(
        select(MembershipTerm.membership_id, func.max(MembershipTerm.term))
        .where(MembershipTerm.in_gym(gym_id), MembershipTerm.membership_id.in_(ids))
        .group_by(MembershipTerm.membership_id)
    ):
        terms[membership_id] = last
    return {
        row.membership_id: read_facts(
            row, freezes.get(row.membership_id, ()), terms.get(row.membership_id, 0)
        )
        for row in rows
    }


def load_agreed_prices(
    session: Session, gym_ids: Iterable[int], ids: Iterable[int]
) -> Mapping[int, Sequence[AgreedPrice]]:
    """By membership. Where two begin with one term, the later one counts: who was moved pays what
    they were moved to, whatever was to follow on a promotion."""
    found: dict[int, list[AgreedPrice]] = {}
    for row in session.scalars(
        select(AgreedPrice)
        .where(AgreedPrice.gym_id.in_(list(gym_ids)), AgreedPrice.membership_id.in_(list(ids)))
        .order_by(AgreedPrice.reason == AgreedPriceReason.MOVED)
        .execution_options(populate_existing=True)
    ):
        found.setdefault(row.membership_id, []).append(row)
    return found


def load_term_prices(
    session: Session, gym_ids: Iterable[int], ids: Iterable[int]
) -> Mapping[int, Sequence[int]]:
    """What the written terms cost, in their order, by membership."""
    prices: dict[int, list[int]] = {}
    for membership_id, price in session.execute(
        select(MembershipTerm.membership_id, MembershipTerm.price)
        .where(
            MembershipTerm.gym_id.in_(list(gym_ids)), MembershipTerm.membership_id.in_(list(ids))
        )
        .order_by(MembershipTerm.membership_id, MembershipTerm.term)
    ):
        prices.setdefault(membership_id, []).append(price)
    return prices


def add_terms(
    session: Session,
    rows: Sequence[Membership],
    memberships: Mapping[int, facts.Membership],
    *,
    day: date,
    price: int | None = None,
) -> int:
    """Write the terms that the rows do not have yet, and return how many were new. Each costs what
    is agreed from it on, else what the one before did; the first one `price`, or its share of the
    agreed price of a year.

    Somebody who wrote the same term in the same moment has written it.
    """
    gym_ids = {row.gym_id for row in rows}
    ids = [row.membership_id for row in rows]
    known = load_term_prices(session, gym_ids, ids)
    agreed = load_agreed_prices(session, gym_ids, ids)
    new = []
    for row in rows:
        membership = memberships[row.membership_id]
        first = price if price is not None else price_a_term(membership, row.yearly_price)
        has = known.get(row.membership_id, ())
        changes = {change.term: change for change in agreed.get(row.membership_id, ())}
        amounts = {term: change.price for term, change in changes.items()}
        prices = continue_prices(has, amounts, membership.terms, first=first)
        for term in range(len(has) + 1, membership.terms + 1):
            if term in changes:
                row.yearly_price = changes[term].yearly_price
            new.append(
                {
                    "gym_id": row.gym_id,
                    "membership_id": row.membership_id,
                    "term": term,
                    "price": prices[term - 1],
                    "renewed_on": min(day, membership.find_term(term).start),
                }
            )
    if not new:
        return 0
    statement = insert(MembershipTerm).on_conflict_do_nothing().returning(MembershipTerm.term)
    return len(session.execute(statement, new).all())


def list_maybe_due(
    session: Session, gym_id: int, day: date, *, after: int = 0, limit: int = 500
) -> dict[int, int]:
    """Memberships that may have a term to be added by `day`, in the order of their keys, and whose
    they are."""
    found = session.execute(
        _MAYBE_DUE, {"gym_id": gym_id, "day": day, "after": after, "limit": limit}
    )
    return {row.membership_id: row.member_id for row in found}


def add_due_terms(session: Session, gym_id: int, ids: Iterable[int], day: date) -> int:
    """Renew what renews by itself and has come due by `day`; returns how many terms that were.

    Nothing of a member follows from it: their memberships end no earlier and no later.
    """
    rows = session.scalars(
        select(Membership)
        .where(Membership.in_gym(gym_id), Membership.membership_id.in_(list(ids)))
        .execution_options(populate_existing=True)
    ).all()
    due = {
        key: membership.with_due_terms(day)
        for key, membership in load_facts(session, gym_id, rows).items()
    }
    added = add_terms(session, rows, due, day=day)
    session.execute(
        _SET_PAID,
        {
            "gym_id": gym_id,
            "ids": list(due),
            "days": [membership.paid_until for membership in due.values()],
        },
    )
    for row in rows:
        session.expire(row, ["paid_until", "updated_at"])
    return added
