"""What is said of a membership: its state, what it costs, and what was done with it."""

from typing import Any

from frontend.kit.api_types import MembershipDetail, MembershipEventItem, OwnMembership
from frontend.kit.colours import Colour
from frontend.kit.formats import as_date, money, plain, short_day
from frontend.kit.i18n import count, mark, t
from frontend.kit.session import currency

Shown = MembershipDetail | OwnMembership
"""As the staff sees it, and as its member does."""
STATES = {
    "scheduled": mark("Begins later"),
    "active": mark("Active"),
    "ending": mark("Ending"),
    "frozen": mark("Frozen"),
    "cancelled": mark("Cancelled"),
    "expired": mark("Over"),
}
STATE_COLOURS: dict[str, Colour] = {
    "scheduled": "violet",
    "active": "green",
    "ending": "orange",
    "frozen": "blue",
    "cancelled": "gray",
    "expired": "gray",
}
LEAVING_REASONS = {
    "no_time": mark("No time"),
    "too_expensive": mark("Too expensive"),
    "not_using": mark("Does not use it"),
    "health": mark("Injury or health"),
    "other_gym": mark("Goes to another gym"),
    "moving": mark("Moves away"),
    "unhappy": mark("Not happy with the gym"),
    "other": mark("Another reason"),
}


def price(one: Shown) -> str:
    """What it costs: by term where one is known, else by year."""
    if one["terms"] and one["months"]:
        cost = money(one["terms"][0]["price"], currency())
        if one["months"] == 1:
            return t("{price} a month", price=cost)
        return count(
            one["months"], "{price} for {n} month", "{price} for {n} months", price=cost
        )  # fmt: skip
    return t("{price} a year", price=money(one["yearly_price"], currency()))


def prospect(one: Shown) -> str:
    """How it goes on, in a sentence."""
    begins, ends = as_date(one["starts_on"]), as_date(one["ends_on"])
    paid = as_date(one["paid_until"])
    if one["state"] == "scheduled":
        return t("It begins on {day}.", day=short_day(begins))
    if ends and paid and paid > ends:
        return t("It ends on {day}; paid until {paid}.", day=short_day(ends), paid=short_day(paid))
    if ends and paid and one["renews_automatically"] and paid < ends:
        return t(
            "It ends on {day}. Paid until {paid}; until the end it goes on renewing.",
            day=short_day(ends), paid=short_day(paid),
        )  # fmt: skip
    if ends:
        return t("It ends on {day}, and is paid until then.", day=short_day(ends))
    if paid:
        return t("Paid until {day}; then it renews by itself.", day=short_day(paid))
    return t("It goes on until somebody cancels it.")


def event(one: MembershipEventItem) -> str:
    """What was done, in a few words."""
    details: dict[str, Any] = one["details"]
    first, last = (short_day(as_date(details.get(name))) for name in ("starts_on", "ends_on"))
    match one["kind"]:
        case "assigned" if details.get("credit") is not None:
            return t("Begun by a change of plan")
        case "assigned" if details.get("steps"):
            names = ", ".join(step["name"] for step in details["steps"][1:])
            price = money(details.get("price"), currency())
            return t("Assigned at {price} ({why})", price=price, why=plain(names))
        case "assigned":
            return t("Assigned")
        case "frozen":
            return t("Frozen from {first} to {last}", first=first, last=last)
        case "unfrozen":
            return t("Freeze from {first} to {last} ended", first=first, last=last)
        case "renewed":
            paid = short_day(as_date(details.get("paid_until")))
            return t("Renewed; paid until {day}", day=paid)
        case "cancelled":
            reason = t(LEAVING_REASONS[details.get("leaving_reason", "other")])
            day = short_day(as_date(details.get("last_day")))
            return t("Cancelled for {day} ({reason})", day=day, reason=reason)
        case "withdrawn":
            return t("Cancellation withdrawn")
        case "plan_changed":
            return t(
                "Changed to {plan}; credit {credit}",
                plan=plain(details.get("plan")), credit=money(details.get("credit"), currency()),
            )  # fmt: skip
        case "price_moved":
            return t(
                "Moved from {before} to {price}, from {day} on",
                before=money(details.get("price_before"), currency()),
                price=money(details.get("price"), currency()), day=first,
            )  # fmt: skip
        case "price_kept":
            return t("Keeps the price of {price}", price=money(details.get("price"), currency()))
        case "unpaid":
            return t("Not paid since {day}", day=short_day(as_date(details.get("unpaid_since"))))
        case "paid":
            return t("Paid what was owed")
