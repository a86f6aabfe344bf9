from api.kit.errors import Conflict, Invalid, NotFoundInGym


class MembershipNotFound(NotFoundInGym):
    code, title, noun = "membership_not_found", "No such membership", "membership"


class PlanRetired(Conflict):
    code, title = "plan_retired", "The plan is not sold any more"


class AlreadyCovered(Conflict):
    code, title = "already_covered", "There is a membership already"


class EndOutsideTerm(Invalid):
    code, title = "end_outside_term", "The last day is outside the term"
