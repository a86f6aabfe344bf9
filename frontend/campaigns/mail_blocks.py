"""What became of a mail, and why a member gets none, as text for the owner."""

from collections.abc import Mapping

from frontend.kit.api_types import SkipReason
from frontend.kit.i18n import count, mark, mark_forms, t

STATES = {
    "sent": mark("Sent"),
    "failed": mark("Failed"),
    "queued": mark("Waiting"),
    "skipped": mark("Left out"),
}


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
        "no_address": mark_forms("{n} has no email address", "{n} have no email address"),
        "invalid_address": mark_forms("{n} has no usable address", "{n} have no usable address"),
        "no_consent": mark_forms("{n} has not agreed to mail", "{n} have not agreed to mail"),
        "unsubscribed": mark_forms("{n} has unsubscribed", "{n} have unsubscribed"),
        "mailed_this_week": mark_forms(
            "{n} was written to in the last seven days",
            "{n} were written to in the last seven days",
        ),
        "same_address": mark_forms(
            "{n} shares an address with somebody who gets it",
            "{n} share an address with somebody who gets it",
        ),
        "daily_limit": mark_forms(
            "{n} not today: your limit for 24 hours is reached",
            "{n} not today: your limit for 24 hours is reached",
        ),
        "dormant": mark_forms(
            "{n} has been away for 60 days or more", "{n} have been away for 60 days or more"
        ),
        "not_active": mark_forms("{n} has no running membership", "{n} have no running membership"),
        "not_member": mark_forms(
            "{n} is not a member of your gym", "{n} are not members of your gym"
        ),
    }
    return [count(number, *words[reason]) for reason, number in skipped.items() if number]
