from api.kit.errors import Conflict, Invalid, NotFoundInGym
from core.memberships.facts import MembershipState
from core.memberships.moves import MembershipMove
from core.translation import Sentence, mark


class MemberNotFound(NotFoundInGym):
    """Here, because memberships stand below members and need it, too."""

    code, title = "member_not_found", "No such member"
    sentence = mark("This gym has no member {key}.")


class MembershipNotFound(NotFoundInGym):
    code, title = "membership_not_found", "No such membership"
    sentence = mark("This gym has no membership {key}.")


class PlanRetired(Conflict):
    code, title = "plan_retired", "The plan is not sold any more"


class PlanEndsByItself(Invalid):
    code, title = "plan_ends_by_itself", "The plan does not renew by itself"


class AlreadyCovered(Conflict):
    code, title = "already_covered", "There is a membership already"


class MoveNotPossible(Conflict):
    """Programs find what is possible instead in `errors`."""

    code, title = "move_not_possible", "Not possible with this membership"

    def __init__(
        self, detail: Sentence, state: MembershipState, possible: tuple[MembershipMove, ...]
    ) -> None:
        entry = {"field": "", "message": detail, "state": state, "possible_moves": [*possible]}
        super().__init__(detail, errors=[entry])


class FreezeOverlaps(Conflict):
    code, title = "freeze_overlaps", "It is frozen on these days already"


class FreezeLimitReached(Conflict):
    code, title = "freeze_limit_reached", "More than the plan allows to freeze"


class EndOutsideTerm(Invalid):
    code, title = "end_outside_term", "The last day is outside the term"


class DayOutsideTerm(Invalid):
    code, title = "day_outside_term", "The day is outside the term"
