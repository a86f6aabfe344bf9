"""What is said of a plan: its kind, its length, who is on it."""

from typing import Any

from frontend.kit.api_types import PlanItem, PlanKind
from frontend.kit.formats import as_date, exact_money, short_day, whole
from frontend.kit.i18n import count, mark, t
from frontend.kit.session import currency

KINDS: dict[PlanKind, str] = {
    "recurring": mark("Recurring"),
    "fixed_term": mark("Fixed term"),
    "pack": mark("Pack of visits"),
    "trial": mark("Trial"),
    "day_pass": mark("Day pass"),
}
MEANINGS: dict[PlanKind, str] = {
    "recurring": mark("Goes on from term to term until the member gives notice."),
    "fixed_term": mark("Runs for its term, and then it is over."),
    "pack": mark("A number of visits, to be used within some time."),
    "trial": mark("Some days to get to know the gym."),
    "day_pass": mark("One day or a few."),
}


def describe_length(plan: PlanItem | dict[str, Any]) -> str:
    """Of what one price buys."""
    if plan["duration_days"]:
        time = count(plan["duration_days"], "{n} day", "{n} days")
    else:
        time = count(plan["duration_months"], "{n} month", "{n} months")
    if not plan["visits"]:
        return time
    return count(plan["visits"], "{n} visit in {time}", "{n} visits in {time}", time=time)


def describe_members(plan: PlanItem) -> str:
    if plan["capacity"] is None:
        return whole(plan["members"])
    return t("{n} of {most}", n=whole(plan["members"]), most=whole(plan["capacity"]))


def describe_next_price(plan: PlanItem) -> str:
    if plan["next_price"] is None:
        return ""
    price = exact_money(plan["next_price"], currency())
    return t("{price} from {day}", price=price, day=short_day(as_date(plan["next_price_from"])))


def describe_end(plan: PlanItem) -> str:
    if plan["renews_automatically"]:
        return t("renews by itself")
    return t("is renewed by hand") if plan["kind"] == "recurring" else t("ends")
