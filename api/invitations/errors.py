from api.kit.errors import Conflict, NotFound, NotFoundInGym, TooManyRequests
from core.translation import mark, t


class InvitationNotFound(NotFoundInGym):
    code, title = "invitation_not_found", "No such invitation"
    sentence = mark("This gym has no open invitation {key}.")


class InvitationNotOpen(NotFound):
    """Unknown, accepted, revoked or expired: who holds the link does not learn which."""

    code, title = "invitation_not_open", "The invitation is not open"

    def __init__(self) -> None:
        super().__init__(
            t("This invitation is not open any more. Ask the gym that invited you for a new one.")
        )


class AddressTaken(Conflict):
    """Taken anywhere on the platform; by which gym is not disclosed."""

    code, title = "address_taken", "The address signs in already"

    def __init__(self) -> None:
        super().__init__(
            t("Somebody signs in with this address already. Another address is needed.")
        )


class MemberHasAccount(Conflict):
    code, title = "member_has_account", "The member has an account"

    def __init__(self) -> None:
        super().__init__(t("This member has an account already, and needs no invitation."))


class TooManyInvitations(TooManyRequests):
    code, title = "too_many_invitations", "Too many invitations in a day"
