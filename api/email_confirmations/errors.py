from api.kit.errors import Conflict, TooManyRequests
from core.translation import t


class EmailNotConfigured(Conflict):
    code, title = "email_not_configured", "Sending mail is not set up"


class AddressNotConfirmed(Conflict):
    code, title = "address_not_confirmed", "The owner's address is not confirmed"


class NothingToConfirm(Conflict):
    code, title = "nothing_to_confirm", "There is nothing to confirm"

    def __init__(self) -> None:
        super().__init__(t("Every address of this gym is confirmed already."))


class TooManyLinks(TooManyRequests):
    code, title = "too_many_links", "Too many links in a day"
