from api.kit.errors import Conflict, NotFound
from core.translation import t


class NoMember(NotFound):
    """Somebody signs in as a member whom the gym has erased, or never linked."""

    code, title = "no_member", "No member"

    def __init__(self) -> None:
        super().__init__(t("Your sign-in belongs to no member of the gym. Ask at the desk."))


class NoticeOfTheGym(Conflict):
    code, title = "notice_of_the_gym", "The gym gave notice"

    def __init__(self) -> None:
        super().__init__(t("The gym has ended this membership. Ask at the desk."))
