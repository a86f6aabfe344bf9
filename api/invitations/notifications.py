"""The mail with the link by which somebody gets an account."""

from dataclasses import dataclass

from api.invitations.repository import InvitationRepository
from api.kit.translation import translate
from api.notifications.kind import Context, NotificationKind
from api.organizations.branding.service import read_brand
from api.providers.email.base import PRODUCT, OutgoingMail
from api.providers.email.links import LinkPurpose, hash_link_token, make_link_token
from core.translation import mark, t
from db.models import Role

ROLES = {
    Role.ADMIN: mark("an admin"),
    Role.RECEPTIONIST: mark("a receptionist"),
    Role.TRAINER: mark("a trainer"),
}


@dataclass(frozen=True)
class InvitationToMail:
    invitation_id: int


class InvitationMail(NotificationKind[InvitationToMail]):
    name = "invitation"
    payload_type = InvitationToMail

    def find_block(self, at: Context, payload: InvitationToMail) -> str | None:
        row = InvitationRepository(at.session, at.gym_id).get_row(payload.invitation_id)
        if row.Invitation.accepted_at is not None:
            return "accepted_already"
        if row.Invitation.revoked_at is not None:
            return "revoked"
        return "expired" if row.Invitation.expires_at <= at.now else None

    def write_mail(self, at: Context, payload: InvitationToMail) -> OutgoingMail:
        row = InvitationRepository(at.session, at.gym_id).get_row(payload.invitation_id)
        invitation = row.Invitation
        header_id = at.notification.provider_id
        assert header_id is not None
        token = make_link_token(LinkPurpose.INVITATION, header_id, at.settings.secret_key)
        invitation.token_hash = hash_link_token(token)  # after a change of the secret
        hours = int((invitation.expires_at - invitation.created_at).total_seconds()) // 3600
        names = {"name": row.invited_by, "gym": row.gym_name, "product": PRODUCT, "hours": hours}
        if invitation.role == Role.MEMBER:
            text = t(
                "{gym} invites you to an account of your own in {product}. Open the link and choose"
                " a password. It works once, for {hours} hours.",
                **names,
            )
        else:
            text = t(
                "{name} invites you to work with {gym} in {product}, as {role}. Open the link and"
                " choose a password. It works once, for {hours} hours.",
                role=t(ROLES[invitation.role]),
                **names,
            )
        return OutgoingMail(
            message_id=header_id,
            sender_name=row.gym_name,
            to_name="",
            to=invitation.email,
            reply_to=None,
            subject=translate(t("{gym} invites you", gym=row.gym_name)),
            text=translate(text),
            # Behind a # it is sent to no server, and so stands in no log and no referrer.
            link=f"{at.settings.web_url.rstrip('/')}/auth/invitation#{token}",
            footer=(
                translate(t("If you do not know who this is, do nothing: no account is made.")),
            ),
            unsubscribe_url=None,
            reference=str(at.notification.notification_id),
            written_at=invitation.created_at,
            brand=read_brand(at.session, at.gym),
        )


INVITATION = InvitationMail()
