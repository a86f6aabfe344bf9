from api.kit.errors import Conflict, Invalid, Unauthorized
from core.translation import join, t


class SecondFactorRequired(Unauthorized):
    """The password is right: who asks again sends it with a code."""

    code, title = "second_factor_required", "A code is needed as well"

    def __init__(self) -> None:
        super().__init__(t("This account asks for a code as well. Send it with the password."))


class WrongSecondFactor(Unauthorized):
    code, title = "wrong_second_factor", "The code does not fit"

    def __init__(self) -> None:
        super().__init__(t("That code does not fit, or was used already. Wait for the next one."))


class CodeRefused(Invalid):
    code, title = "code_refused", "The code does not fit"

    def __init__(self) -> None:
        message = t("That code does not fit, or was used already. Wait for the next one.")
        super().__init__(
            join(": ", "code", message), errors=[{"field": "code", "message": message}]
        )


class SecondFactorOn(Conflict):
    code, title = "second_factor_on", "The second factor is on"

    def __init__(self) -> None:
        super().__init__(t("Signing in asks for a code already. Turn that off first."))


class SecondFactorOff(Conflict):
    code, title = "second_factor_off", "The second factor is off"

    def __init__(self) -> None:
        super().__init__(t("Signing in asks for no code. Begin by setting an app up."))
