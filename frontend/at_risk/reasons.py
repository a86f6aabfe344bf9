"""Reasons short enough for a badge; the API's full sentence where there is room."""

from collections.abc import Sequence

from frontend.kit.api_types import ReasonItem
from frontend.kit.i18n import count, t

WHOLLY = 100


def badges(reasons: Sequence[ReasonItem]) -> list[str]:
    """A member who stays away altogether also comes less often: shown once."""
    is_away = any(reason["code"] == "no_visit" for reason in reasons)
    return [
        in_short(reason)
        for reason in reasons
        if not (is_away and (reason.get("numbers") or {}).get("drop_percent") == WHOLLY)
    ]


def in_short(reason: ReasonItem) -> str:
    """From the same numbers as the sentence; the sentence itself for a reason not known here."""
    numbers = reason.get("numbers") or {}
    days, drop = numbers.get("days"), numbers.get("drop_percent")
    match reason["code"]:
        case "no_visit" if days is not None:
            return count(round(days), "{n} day away", "{n} days away")
        case "visits_down" if drop is not None:
            return t("Visits down {drop}%", drop=round(drop))
        case "high_churn":
            return t("Likely to stay away")
        case "not_started" if days is not None:
            return count(round(days), "Joined {n} day ago", "Joined {n} days ago")
        case "payment_failed":
            return t("Payment failed")
        case "renewal_soon" if days is not None:
            ends = count(round(days), "Ends in {n} day", "Ends in {n} days")
            return ends if days else t("Ends today")
        case "notice_given" if days is not None:
            leaves = count(round(days), "Leaves in {n} day", "Leaves in {n} days")
            return leaves if days else t("Leaves today")
        case _:
            return reason["text"]
