from collections.abc import Sequence
from datetime import UTC, datetime

from api.kit.errors import Conflict, Forbidden, Invalid, NotFoundInGym
from core.access import Denial
from core.translation import join, mark, t
from db.models import CheckIn


class CheckInNotFound(NotFoundInGym):
    code, title = "check_in_not_found", "No such check-in"
    sentence = mark("This gym has no check-in {key}.")


class AlreadyCheckedIn(Conflict):
    code, title = "already_checked_in", "The member is checked in"

    def __init__(self, check_in_id: int, check_in: datetime) -> None:
        super().__init__(
            t(
                "The member is already checked in: this scan belongs to the visit that"
                " began at {check_in} UTC (check-in {check_in_id}).",
                check_in=f"{check_in.astimezone(UTC):%Y-%m-%d %H:%M}",
                check_in_id=check_in_id,
            )
        )


class EntryRefused(Conflict):
    """The rules of the door speak against it; nothing was recorded."""

    code, title = "entry_refused", "The member may not enter"

    def __init__(self, member_id: int, denials: Sequence[Denial]) -> None:
        super().__init__(
            t(
                "{reasons}. Nothing was recorded; whoever may let members in all the same sends"
                " override_reason as well.",
                reasons=join("; ", *(denial.sentence for denial in denials)),
            ),
            errors=[
                {"reason": denial.kind, "message": denial.sentence, "member_id": member_id}
                for denial in denials
            ],
        )


class MayNotOverride(Forbidden):
    code, title = "may_not_override", "You may not let them in"

    def __init__(self) -> None:
        super().__init__(t("Your role does not let them in. Ask the desk, the owner or an admin."))


class AlreadyLeft(Conflict):
    code, title = "already_left", "The member has left"

    def __init__(self, visit: CheckIn) -> None:
        super().__init__(
            t(
                "The visit already ended at {check_out} UTC; send check_out to correct it.",
                check_out=f"{visit.check_out:%Y-%m-%d %H:%M}",
            )
        )


class EarlierVisit(Forbidden):
    code, title = "earlier_visit", "A visit of an earlier day"

    def __init__(self) -> None:
        super().__init__(
            t("Your role takes back visits of today. Ask the owner or an admin for this one.")
        )


class TimeRefused(Invalid):
    code, title = "time_refused", "The time is refused"
