from api.kit.errors import Conflict, Forbidden, NotFoundInGym
from core.translation import mark, t


class TeammateNotFound(NotFoundInGym):
    code, title = "teammate_not_found", "No such person on the team"
    sentence = mark("This gym's team has nobody with the number {key}.")


class HigherRole(Forbidden):
    code, title = "higher_role", "A role above your own"

    def __init__(self) -> None:
        super().__init__(t("You can give and take no role above your own. Ask the owner."))


class OwnerProtected(Conflict):
    code, title = "owner_protected", "The owner stays"

    def __init__(self) -> None:
        super().__init__(
            t(
                "A gym has one owner, who cannot be disabled or given another role. The owner can"
                " hand the gym over to an admin, and is an admin then."
            )
        )


class OwnAccount(Conflict):
    code, title = "own_account", "Your own account"

    def __init__(self) -> None:
        super().__init__(
            t("Nobody disables or changes the role of themselves. Another admin can, or the owner.")
        )


class OwnerOnly(Forbidden):
    code, title = "owner_only", "For the owner only"

    def __init__(self) -> None:
        super().__init__(t("Only the owner can hand the gym over."))


class NotAnAdmin(Conflict):
    code, title = "not_an_admin", "Not an admin"

    def __init__(self, name: str) -> None:
        super().__init__(
            t(
                "The gym can be handed over to an admin who may sign in. Make {name} one first.",
                name=name,
            )
        )
