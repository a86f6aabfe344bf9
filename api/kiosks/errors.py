from api.kit.errors import DomainError, NotFoundInGym
from core.translation import mark, t


class KioskNotFound(NotFoundInGym):
    code, title = "kiosk_not_found", "No such kiosk"
    sentence = mark("This gym has no kiosk {key}.")


class KioskKeyRefused(DomainError):
    """The same for a key that is missing, unknown, or of a kiosk that was removed."""

    status, code, title = 401, "kiosk_key_refused", "No key of a kiosk"

    def __init__(self) -> None:
        super().__init__(
            t(
                "Send the kiosk's key in the header Kiosk-Key. If it was lost, add the kiosk"
                " again on the page of its location."
            ),
            headers={"WWW-Authenticate": "Kiosk-Key"},
        )
