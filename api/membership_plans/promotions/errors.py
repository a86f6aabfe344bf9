from datetime import date

from api.kit.errors import Conflict, Invalid, NotFoundInGym, Taken
from core.translation import Sentence, mark, t


class PromotionNotFound(NotFoundInGym):
    code, title = "promotion_not_found", "No such promotion"
    sentence = mark("This gym has no promotion {key}.")


class CodeTaken(Taken):
    code, title, field = "code_taken", "The code is taken", "code"
    sentence = mark("This gym already has a promotion with the code '{value}'; choose another one.")


class PromotionContradictsItself(Invalid):
    code, title = "promotion_contradicts_itself", "No such promotion can be"

    def __init__(self, field: str, message: Sentence) -> None:
        super().__init__(message, errors=[{"field": field, "message": message}])


class PromotionUsed(Conflict):
    code, title = "promotion_used", "Members joined with the code"

    def __init__(self, code: str) -> None:
        super().__init__(
            t(
                "Members joined with '{code}', and their memberships refer to it. Retire it"
                " instead: nobody can use it any more.",
                code=code,
            )
        )


class CodeUnknown(Invalid):
    code, title = "code_unknown", "No promotion has this code"

    def __init__(self, typed: str) -> None:
        message = t(
            "This gym has no promotion with the code '{code}'. Look at how it is written, or leave"
            " it out.",
            code=typed,
        )
        super().__init__(message, errors=[{"field": "code", "message": message}])


class CodeNotUsable(Conflict):
    """The code is there and does not count for this sale; the sentence says why."""

    code, title = "code_not_usable", "The code does not count here"


def retired(code: str) -> CodeNotUsable:
    return CodeNotUsable(
        t("The promotion '{code}' is over. Sell without it, or make it active again.", code=code)
    )


def not_yet(code: str, first: date) -> CodeNotUsable:
    return CodeNotUsable(
        t("'{code}' counts from {day} on. Sell then, or without it.", code=code, day=first)
    )


def too_late(code: str, last: date) -> CodeNotUsable:
    return CodeNotUsable(t("'{code}' counted until {day}. Sell without it.", code=code, day=last))


def of_other_plans(code: str, plans: str) -> CodeNotUsable:
    return CodeNotUsable(
        t(
            "'{code}' is not for this plan but for: {plans}. Sell one of these, or without it.",
            code=code,
            plans=plans,
        )
    )


def used_up(code: str, most: int) -> CodeNotUsable:
    return CodeNotUsable(
        t(
            "'{code}' was for {most} members, and as many have joined with it. Sell without it.",
            code=code,
            most=most,
        )
    )


def used_by_member(code: str) -> CodeNotUsable:
    return CodeNotUsable(
        t("This member has used '{code}' before; each member can once.", code=code)
    )


def for_new_members(code: str) -> CodeNotUsable:
    return CodeNotUsable(
        t(
            "'{code}' is for new members, and this one has had a membership. Sell without it.",
            code=code,
        )
    )


def takes_nothing_off(code: str) -> CodeNotUsable:
    return CodeNotUsable(
        t("'{code}' makes it no cheaper for this member. Sell without it.", code=code)
    )


def without_terms() -> CodeNotUsable:
    return CodeNotUsable(
        t("A code counts for the terms of a plan. Leave the last day out, or the code.")
    )
