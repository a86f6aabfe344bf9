"""Whether a member may enter: every rule of the door, decided here and nowhere else.

What is known is read by `read_access` in `db/functions/access.sql`; whether somebody is let in all
the same is decided by who asks. Of whom no membership is known nothing is demanded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from core.translation import Sentence, t
from core.weekly_hours import MINUTES_A_DAY, Hours, find_minute, is_open, write_clock


class DenialKind(StrEnum):
    """Why not, in the order in which it is said."""

    NO_MEMBER = "no_member"
    NOT_STARTED = "not_started"
    MEMBERSHIP_OVER = "membership_over"
    CANCELLED = "cancelled"
    FROZEN = "frozen"
    UNPAID = "unpaid"
    NO_VISITS_LEFT = "no_visits_left"
    OTHER_LOCATION = "other_location"
    OUTSIDE_PLAN_HOURS = "outside_plan_hours"
    CLOSED_DAY = "closed_day"
    OUTSIDE_OPENING_HOURS = "outside_opening_hours"
    LOCATION_FULL = "location_full"


@dataclass(frozen=True)
class Entitlement:
    """A membership that covers the day, with what its plan allows: without hours any, without
    locations all. `visits` are those of a pack, `used` how many of them are gone. `unpaid_since` is
    None also while who owes may still enter."""

    membership_id: int
    plan_name: str
    ends_on: date | None = None
    is_frozen: bool = False
    unpaid_since: date | None = None
    visits: int | None = None
    used: int = 0
    hours: tuple[Hours, ...] = ()
    location_ids: tuple[int, ...] = ()

    @property
    def visits_left(self) -> int | None:
        return None if self.visits is None else max(self.visits - self.used, 0)


@dataclass(frozen=True)
class Place:
    """Where they enter. `inside` is counted only where there is a capacity."""

    location_id: int
    name: str
    is_active: bool = True
    hours: tuple[Hours, ...] = ()
    capacity: int | None = None
    inside: int = 0


@dataclass(frozen=True)
class AccessFacts:
    """What is known of a member who enters on a local `day`.

    Where no membership covers it, `starts_on` or `ended_on` says when one does or did; both are
    empty of whom none is known. Who `has_left` is kept only for the record. `closed_for` is the
    reason of a closure of the day, None if there is none. `place` is None where nobody said which
    location it is.
    """

    day: date
    entitlements: tuple[Entitlement, ...] = ()
    starts_on: date | None = None
    ended_on: date | None = None
    is_cancelled: bool = False
    has_left: bool = False
    closed_for: str | None = None
    place: Place | None = None


@dataclass(frozen=True)
class Denial:
    kind: DenialKind
    sentence: Sentence


@dataclass(frozen=True)
class Decision:
    """Allowed without `denials`. `pack` is the one from which the visit is taken, also of somebody
    who is let in all the same; none if it is empty."""

    denials: tuple[Denial, ...] = ()
    pack: Entitlement | None = None

    @property
    def visits_left(self) -> int | None:
        """After this visit; None of whom it is not taken from a pack."""
        return None if self.pack is None else (self.pack.visits_left or 0) - 1


def decide(facts: AccessFacts, moment: datetime, timezone: str) -> Decision:
    """What the rules say of an entry. Of several memberships the one with the least against it
    counts: first those without a number of visits, then the pack that ends first."""
    chosen, against = None, list(_check_cover(facts))
    if facts.has_left:
        denial = Denial(DenialKind.NO_MEMBER, t("Is not a member any more"))
        return Decision((denial, *_check_place(facts, moment, timezone)))
    if facts.entitlements:
        chosen = min(
            facts.entitlements,
            key=lambda one: (
                len(list(_check_entitlement(one, facts.place, moment, timezone))),
                one.visits is not None,
                one.ends_on or date.max,
                one.membership_id,
            ),
        )
        against = list(_check_entitlement(chosen, facts.place, moment, timezone))
    against += _check_place(facts, moment, timezone)
    pack = chosen if chosen is not None and chosen.visits_left else None
    order = list(DenialKind)
    return Decision(tuple(sorted(against, key=lambda one: order.index(one.kind))), pack)


def _check_cover(facts: AccessFacts) -> Iterator[Denial]:
    if facts.starts_on is not None:
        sentence = t("Membership starts on {day}", day=facts.starts_on)
        yield Denial(DenialKind.NOT_STARTED, sentence)
    elif facts.ended_on is not None and facts.is_cancelled:
        sentence = t("Membership was cancelled, its last day was {day}", day=facts.ended_on)
        yield Denial(DenialKind.CANCELLED, sentence)
    elif facts.ended_on is not None:
        sentence = t("Membership ended on {day}", day=facts.ended_on)
        yield Denial(DenialKind.MEMBERSHIP_OVER, sentence)


def _check_entitlement(
    one: Entitlement, place: Place | None, moment: datetime, timezone: str
) -> Iterator[Denial]:
    if one.is_frozen:
        yield Denial(DenialKind.FROZEN, t("Membership is frozen"))
    if one.unpaid_since is not None:
        yield Denial(DenialKind.UNPAID, t("Not paid since {day}", day=one.unpaid_since))
    if one.visits_left == 0:
        sentence = t("All {n} visits of {plan} are used", n=one.visits, plan=one.plan_name)
        yield Denial(DenialKind.NO_VISITS_LEFT, sentence)
    if place is not None and one.location_ids and place.location_id not in one.location_ids:
        sentence = t("{plan} does not include {location}", plan=one.plan_name, location=place.name)
        yield Denial(DenialKind.OTHER_LOCATION, sentence)
    if not is_open(one.hours, moment, timezone):
        yield Denial(DenialKind.OUTSIDE_PLAN_HOURS, _describe_plan_hours(one, moment, timezone))


def _describe_plan_hours(one: Entitlement, moment: datetime, timezone: str) -> Sentence:
    weekday = find_minute(moment, timezone) // MINUTES_A_DAY
    today = [
        f"{write_clock(hours.opens)}–{write_clock(hours.closes)}"
        for hours in sorted(one.hours)
        if hours.weekday == weekday
    ]
    if not today:
        return t("{plan} does not include this day of the week", plan=one.plan_name)
    return t(
        "{plan} does not include this hour, only {hours}",
        plan=one.plan_name,
        hours=", ".join(today),
    )


def _check_place(facts: AccessFacts, moment: datetime, timezone: str) -> Iterator[Denial]:
    place = facts.place
    if facts.closed_for:
        sentence = t("Closed today: {reason}", reason=facts.closed_for)
        yield Denial(DenialKind.CLOSED_DAY, sentence)
    elif facts.closed_for is not None:
        yield Denial(DenialKind.CLOSED_DAY, t("Closed today"))
    if place is None:
        return
    if not place.is_active or not is_open(place.hours, moment, timezone):
        sentence = t("{location} is not open now", location=place.name)
        yield Denial(DenialKind.OUTSIDE_OPENING_HOURS, sentence)
    if place.capacity is not None and place.inside >= place.capacity:
        sentence = t("{location} is full: {n} are inside", location=place.name, n=place.inside)
        yield Denial(DenialKind.LOCATION_FULL, sentence)
