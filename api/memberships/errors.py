from api.kit.errors import Conflict, Invalid, NotFoundInGym
from core.translation import mark


class MemberNotFound(NotFoundInGym):
    """Here, because memberships stand below members and need it, too."""

    code, title = "member_not_found", "No such member"
    sentence = mark("This gym has no member {key}.")


class MembershipNotFound(NotFoundInGym):
    code, title = "membership_not_found", "No such membership"
    sentence = mark("This gym has no membership {key}.")


class PlanRetired(Conflict):
    code, title = "plan_retired", "The plan is not sold any more"


class AlreadyCovered(Conflict):
    code, title = "already_covered", "There is a membership already"


class EndOutsideTerm(Invalid):
    code, title = "end_outside_term", "The last day is outside the term"
