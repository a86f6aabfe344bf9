from api.kit.errors import Conflict, NotFoundInGym
from core.translation import mark, t


class MergeNotFound(NotFoundInGym):
    code, title = "merge_not_found", "No such merge"
    sentence = mark("This gym has no merge {key}.")


class PairNotFound(NotFoundInGym):
    code, title = "pair_not_found", "No such pair"
    sentence = mark("Nobody said that members {key} are two people.")


class SameMember(Conflict):
    code, title = "same_member", "That is one record"

    def __init__(self) -> None:
        super().__init__(t("Name two different members."))


class MembershipsOverlap(Conflict):
    code, title = "memberships_overlap", "Both have a membership"

    def __init__(self) -> None:
        super().__init__(
            t(
                "Memberships of both cover the same days. End or correct one of them first; nothing"
                " was changed."
            )
        )


class BothInHouseholds(Conflict):
    code, title = "both_in_households", "Both are in a household"

    def __init__(self) -> None:
        super().__init__(
            t(
                "Both records are in a household, and one person is in one only once. Take one of"
                " them out first; nothing was changed."
            )
        )


class CannotUndo(Conflict):
    code, title = "cannot_undo", "It cannot be undone"

    def __init__(self, days: int) -> None:
        super().__init__(
            t(
                "A merge can be undone for {days} days, once, and while neither record was erased"
                " or merged again.",
                days=days,
            )
        )
