"""Mails about somebody's own account. They carry no word of a gym's, and ask for no answer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from api.kit.translation import translate
from api.notifications.kind import Context, NotificationKind
from api.providers.email.base import PRODUCT, OutgoingMail
from api.providers.email.links import LinkPurpose, hash_link_token, make_link_token
from core.translation import Sentence, t
from db.models import Gym, PasswordReset, User


@dataclass(frozen=True)
class Words:
    """What a mail says."""

    subject: Sentence
    text: Sentence
    footer: Sentence


@dataclass(frozen=True)
class ResetToMail:
    reset_id: int


class ResetMail(NotificationKind[ResetToMail]):
    name = "password_reset"
    payload_type = ResetToMail

    def find_block(self, at: Context, payload: ResetToMail) -> str | None:
        reset, user = self._read(at, payload)
        if not user.is_active:
            return "disabled"
        if reset.used_at is not None:
            return "used_already"
        return "expired" if reset.expires_at <= at.now else None

    def write_mail(self, at: Context, payload: ResetToMail) -> OutgoingMail:
        reset, user = self._read(at, payload)
        header_id = at.notification.provider_id
        assert header_id is not None
        token = make_link_token(LinkPurpose.RESET_PASSWORD, header_id, at.settings.secret_key)
        reset.token_hash = hash_link_token(token)  # after a change of the secret
        words = self._say(at, user)
        return _write(
            at,
            user,
            subject=words.subject,
            text=words.text,
            # Behind a # it is sent to no server, and so stands in no log and no referrer.
            link=f"{at.settings.web_url.rstrip('/')}/auth/reset#{token}",
            footer=words.footer,
            written_at=reset.created_at,
        )

    def _say(self, at: Context, user: User) -> Words:  # noqa: ARG002
        return Words(
            subject=t("Choose a new password"),
            text=t(
                "Somebody, probably you, asked for a new password for {email} in {product}. Open"
                " the link and choose one. It works once, for an hour.",
                email=user.email,
                product=PRODUCT,
            ),
            footer=t("If that was not you, do nothing: your password stays as it is."),
        )

    def _read(self, at: Context, payload: ResetToMail) -> tuple[PasswordReset, User]:
        reset = at.session.scalars(
            select(PasswordReset).where(
                PasswordReset.in_gym(at.gym_id), PasswordReset.reset_id == payload.reset_id
            )
        ).one()
        return reset, _get_user(at, reset.user_id)


class OwnerInvitationMail(ResetMail):
    """To the owner of a gym that a super admin has set up: the first password is their own."""

    name = "owner_invitation"

    def _say(self, at: Context, user: User) -> Words:
        gym = at.session.get_one(Gym, at.gym_id)
        return Words(
            subject=t("{gym} is ready for you", gym=gym.name),
            text=t(
                "{gym} was set up in {product}, and you are its owner. Open the link and choose a"
                " password; then sign in with {email}. The link works once, for three days; after"
                " that, ask for another one by Forgot password? on the sign-in page.",
                gym=gym.name,
                email=user.email,
                product=PRODUCT,
            ),
            footer=t("If you do not know why you get this, do nothing."),
        )


@dataclass(frozen=True)
class AccountChange:
    user_id: int


class PasswordChangedMail(NotificationKind[AccountChange]):
    """To whoever did not change it this is the alarm."""

    name = "password_changed"
    payload_type = AccountChange

    def find_block(self, at: Context, payload: AccountChange) -> str | None:  # noqa: ARG002
        return None

    def write_mail(self, at: Context, payload: AccountChange) -> OutgoingMail:
        return _write(
            at,
            _get_user(at, payload.user_id),
            subject=t("Your password was changed"),
            text=t(
                "The password for {email} in {product} was changed, and all other sign-ins have"
                " ended.",
                email=at.notification.recipient,
                product=PRODUCT,
            ),
            link=None,
            footer=t(
                "If that was not you, choose a new password now by Forgot password? on the sign-in"
                " page, and tell the owner of your gym."
            ),
            written_at=at.notification.created_at,
        )


def _get_user(at: Context, user_id: int) -> User:
    return at.session.scalars(
        select(User).where(User.gym_id == at.gym_id, User.user_id == user_id)
    ).one()


def _write(
    at: Context,
    user: User,
    *,
    subject: Sentence,
    text: Sentence,
    link: str | None,
    footer: Sentence,
    written_at: datetime,
) -> OutgoingMail:
    return OutgoingMail(
        message_id=at.notification.provider_id or "",
        sender_name=PRODUCT,
        to_name="",
        to=user.email,
        reply_to=None,
        subject=translate(subject),
        text=translate(text),
        link=link,
        footer=(translate(footer),),
        unsubscribe_url=None,
        reference=str(at.notification.notification_id),
        written_at=written_at,
    )


PASSWORD_RESET = ResetMail()
OWNER_INVITATION = OwnerInvitationMail()
PASSWORD_CHANGED = PasswordChangedMail()
