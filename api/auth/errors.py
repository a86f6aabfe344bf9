from typing import ClassVar

from api.kit.errors import Invalid, NotFound, NotFoundInGym, Unauthorized
from core.translation import join, mark, t


class WrongCredentials(Unauthorized):
    """The same message for an unknown name, a wrong password and a closed account."""

    code, title = "wrong_credentials", "Name and password do not match"

    def __init__(self) -> None:
        super().__init__(t("That name and password do not match."))


class WrongPassword(Invalid):
    code, title = "wrong_password", "Not your password"

    def __init__(self) -> None:
        message = t("That is not your current password.")
        super().__init__(
            join(": ", "current_password", message),
            errors=[{"field": "current_password", "message": message}],
        )


class SessionEnded(Unauthorized):
    code, title = "session_ended", "The session has ended"

    def __init__(self) -> None:
        super().__init__(t("This session has ended. Sign in again."))


class SignInNotFound(NotFoundInGym):
    code, title = "sign_in_not_found", "No such sign-in"
    sentence = mark("You are not signed in anywhere by the number {key}; it may have ended.")


class ResetRefused(NotFound):
    """Unknown, used or expired: who holds the link does not learn which."""

    code, title = "reset_refused", "The link does not work"

    def __init__(self) -> None:
        super().__init__(
            t("This link does not work any more. Ask for a new one on the sign-in page.")
        )


class RefreshTokenRefused(Unauthorized):
    """Unknown, expired, revoked or used: the caller does not learn which."""

    code, title = "refresh_token_refused", "The refresh token is refused"
    keeps_changes: ClassVar[bool] = True  # a replay ends the family although it is refused

    def __init__(self) -> None:
        super().__init__(t("The refresh token is not valid any more. Sign in again."))
