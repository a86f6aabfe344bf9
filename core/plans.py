"""What a gym sells: the kinds of plans, and what a plan of each kind can have."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from core.money import price_a_year, to_minor
from core.translation import Sentence, t


class PlanKind(StrEnum):
    """Only `RECURRING` goes from term to term; each of the others ends with its first one."""

    RECURRING = "recurring"
    FIXED_TERM = "fixed_term"
    PACK = "pack"
    TRIAL = "trial"
    DAY_PASS = "day_pass"  # noqa: S105 - no password


CONTRACTS = frozenset({PlanKind.RECURRING, PlanKind.FIXED_TERM})
"""What binds a member for months, so that they may have to give notice."""
FREEZABLE = CONTRACTS | {PlanKind.PACK}
MAX_PASS_DAYS = 31


@dataclass(frozen=True)
class PlanTerms:
    """What a plan gives and demands; one of the two lengths is 0. A limit that is None is none."""

    kind: PlanKind
    duration_months: int
    duration_days: int
    visits: int | None
    renews_automatically: bool
    notice_days: int
    freeze_days_a_year: int | None
    freezes_a_year: int | None
    shortest_freeze_days: int | None


def find_contradictions(terms: PlanTerms) -> Iterator[tuple[str, Sentence]]:
    """What a plan of this kind cannot have, with the field that is to be changed."""
    yield from _check_length(terms)
    kind = terms.kind
    if kind is PlanKind.PACK and terms.visits is None:
        yield "visits", t("A pack needs its number of visits.")
    if kind is not PlanKind.PACK and terms.visits is not None:
        yield "visits", t("Only a pack has a number of visits; leave it out.")
    if terms.renews_automatically and kind is not PlanKind.RECURRING:
        yield (
            "renews_automatically",
            t("Only a recurring plan renews by itself; this one ends with its term."),
        )
    if terms.notice_days and kind not in CONTRACTS:
        yield (
            "notice_days",
            t("Packs, trials and day passes end by themselves and have no notice period."),
        )
    if kind not in FREEZABLE:
        for field in ("freeze_days_a_year", "freezes_a_year", "shortest_freeze_days"):
            if getattr(terms, field) is not None:
                yield field, t("Trials and day passes cannot be frozen; leave their limits out.")
    elif (terms.shortest_freeze_days or 0) > (terms.freeze_days_a_year or 366):
        yield (
            "shortest_freeze_days",
            t("The shortest freeze is longer than all the days that may be frozen in a year."),
        )


def _check_length(terms: PlanTerms) -> Iterator[tuple[str, Sentence]]:
    months, days = terms.duration_months, terms.duration_days
    if (months > 0) == (days > 0):
        yield "duration_months", t("A plan needs a length either in months or in days, not both.")
    elif terms.kind in CONTRACTS and days:
        yield "duration_days", t("The length of this kind of plan is counted in months.")
    elif terms.kind is PlanKind.DAY_PASS and months:
        yield "duration_months", t("The length of a day pass is counted in days.")
    elif terms.kind is PlanKind.DAY_PASS and days > MAX_PASS_DAYS:
        yield (
            "duration_days",
            t("A day pass is for at most {n} days; sell a trial or a pack.", n=MAX_PASS_DAYS),
        )


def yearly_price(kind: PlanKind, price: Decimal, months: int, currency: str) -> int:
    """Minor units that a member on the plan pays in twelve months; of what is bought once, its
    price."""
    if kind in CONTRACTS:
        return price_a_year(price, months, currency)
    return to_minor(price, currency)
