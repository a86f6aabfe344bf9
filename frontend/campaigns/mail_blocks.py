"""Why a member gets no mail, as text for the owner."""

from collections.abc import Mapping

from frontend.kit.api_types import SkipReason
from frontend.kit.i18n import count, t


def short(block: str | None) -> str:
    """For one member in a table."""
    return {
        None: "",
        "no_address": t("No address"),
        "invalid_address": t("Bad address"),
        "no_consent": t("No consent"),
        "unsubscribed": t("Unsubscribed"),
        "mailed_this_week": t("Mailed lately"),
        "dormant": t("Away for long"),
        "same_address": t("Shared address"),
        "daily_limit": t("Not today"),
        "not_active": t("Not active"),
        "not_member": t("Not a member"),
    }.get(block, (block or "").replace("_", " ").capitalize())


def skipped_lines(skipped: Mapping[SkipReason, int]) -> list[str]:
    """One line for each reason that skips anybody."""
    words: dict[SkipReason, tuple[str, str]] = {
        "no_address": ("{n} has no email address", "{n} have no email address"),
        "invalid_address": ("{n} has no usable address", "{n} have no usable address"),
        "no_consent": ("{n} has not agreed to mail", "{n} have not agreed to mail"),
        "unsubscribed": ("{n} has unsubscribed", "{n} have unsubscribed"),
        "mailed_this_week": (
            "{n} was written to in the last seven days",
            "{n} were written to in the last seven days",
        ),
        "same_address": (
            "{n} shares an address with somebody who gets it",
            "{n} share an address with somebody who gets it",
        ),
        "daily_limit": (
            "{n} not today: your limit for 24 hours is reached",
            "{n} not today: your limit for 24 hours is reached",
        ),
        "dormant": (
            "{n} has been away for 60 days or more",
            "{n} have been away for 60 days or more",
        ),
        "not_active": ("{n} has no running membership", "{n} have no running membership"),
        "not_member": ("{n} is not a member of your gym", "{n} are not members of your gym"),
    }
    return [count(number, *words[reason]) for reason, number in skipped.items() if number]
