"""Signing up, signing in, and changing a password."""

from dataclasses import dataclass
from datetime import datetime

from api.auth.attempts import Attempts
from api.auth.errors import WrongCredentials, WrongPassword
from api.auth.notifications import PASSWORD_CHANGED, AccountChange
from api.auth.passwords import hash_password, verify_password
from api.auth.refresh_tokens import end_family
from api.auth.repository import SignInRepository, enter_by_login, gym_of, reserve_gym
from api.auth.schemas import NewGym, RegisterRequest
from api.auth.second_factor.codes import use_code
from api.auth.second_factor.errors import SecondFactorRequired, WrongSecondFactor
from api.auth.second_factor.repository import SecondFactorRepository
from api.auth.secrets import hash_secret
from api.email_confirmations.service import mail_link
from api.kit.logs import request_id
from api.kit.repository import refusing
from api.kit.sealing import Seal
from api.kit.settings import Settings
from api.notifications.kind import NewNotification
from api.organizations.errors import NameTaken
from api.organizations.repository import SIGN_IN_NAMES
from api.organizations.time_zone import check_read_alike
from api.providers.email.links import new_header_id
from db.actor import Actor
from db.addresses import key_of_address
from db.audit import note
from db.models import AuditAction, Channel, Gym, Role, User
from db.session import GymSession
from db.types import GymId


@dataclass(frozen=True)
class SignedIn:
    """Someone whose password was right, held until the end of the transaction. A super admin has no
    gym."""

    user: User
    gym: Gym | None

    @property
    def gym_id(self) -> GymId | None:
        return gym_of(self.user)


def register(
    session: GymSession, data: RegisterRequest, settings: Settings, *, now: datetime
) -> SignedIn:
    """Make a gym and its owner, and mail a link to confirm the address.

    Raises `NameTaken` and `TimeZoneRefused`.
    """
    made = make_gym(session, data, hash_password(data.password))
    assert made.gym is not None
    if settings.email_problem is None:
        mail_link(session, made.gym, made.gym.email, settings, now=now)
    session.refresh(made.user)
    return made


def make_gym(session: GymSession, data: NewGym, hashed: str) -> SignedIn:
    """Make a gym and its owner, with the hash of a password, and enter the gym.

    Raises `NameTaken` and `TimeZoneRefused`.
    """
    check_read_alike(session, data.timezone)
    gym_id = reserve_gym(session)
    gym = Gym(
        gym_id=gym_id,
        name=data.name,
        username=data.username,
        email=data.email,
        hashed_password=hashed,
        timezone=data.timezone,
        currency=data.currency,
        language=data.language,
    )
    owner = User(
        gym_id=gym_id,
        role=Role.OWNER,
        name=data.name,
        email=data.email,
        username=data.username,
        hashed_password=None,
    )
    with refusing(dict.fromkeys(SIGN_IN_NAMES, NameTaken())):
        session.add(gym)
        session.flush()
        session.add(owner)
        session.flush()
    return SignedIn(owner, gym)


def sign_in(
    session: GymSession,
    attempts: Attempts,
    login: str,
    password: str,
    code: str | None,
    seal: Seal,
    *,
    address: str | None,
    now: datetime,
) -> SignedIn:
    """Check a name, a password, and a code where the account has a second factor.

    Raises `WrongCredentials`, `SecondFactorRequired`, `WrongSecondFactor` and `TooManyRequests`.

    Enters the gym. Known and unknown names take equally long and are limited alike.
    """
    key = key_of_address(login)
    found = find_user(session, key)
    # A person's address and username are one account: counting them apart would double the tries.
    # Unknown names are folded by the same key, or a second spelling would reveal that they are
    # unknown.
    name = _account_name(found.user) if found else f"name {key}"
    account = attempts.of_account("sign in", name)
    with attempts.attempt(account, attempts.of_address("sign in", address)):
        stored = _stored_hash(found) if found else None
        fits, newer = verify_password(password, stored)
        if found is None or not fits:
            raise WrongCredentials
        user = SignInRepository(session, found.gym_id).lock_user(found.user.user_id)
        if found.gym is not None:
            session.refresh(found.gym)
        # While the password was being checked, it may have been changed, or the account closed.
        if not user.is_active or _stored_hash(found) != stored:
            raise WrongCredentials
        factors = SecondFactorRepository(session, found.gym_id)
        factor = factors.find_confirmed(user.user_id)
        if (
            factor is not None
            and code is not None
            and not use_code(factors, factor, code, seal, now=now)
        ):
            raise WrongSecondFactor
    if factor is not None and code is None:  # no failure, and nothing to forget failures for
        raise SecondFactorRequired
    attempts.forget(account)
    Actor(user.name, user.user_id, request_id.get(), address).enter(session.connection())
    if found.gym is not None:  # the log is a gym's
        note(session, AuditAction.SIGNED_IN, User, user.user_id)
    if newer is not None:
        store_hash(found, newer)
    return found


def change_password(
    session: GymSession,
    attempts: Attempts,
    signed_in: SignedIn,
    *,
    current: str,
    new: str,
    session_id: int | None,
    settings: Settings,
    now: datetime,
) -> None:
    """Change it, and end every other way in: sessions but `session_id`, refresh tokens, tokens."""
    hashed = hash_password(new)
    user = confirm_password(session, attempts, signed_in, current)
    end_all_sign_ins(session, user, now=now, keep=session_id)
    notice_change(session, signed_in, settings, now=now)
    # An owner's hash is in the gym's row, which is always the last one taken (`db.cache_version`).
    store_hash(signed_in, hashed)


def confirm_password(
    session: GymSession, attempts: Attempts, signed_in: SignedIn, password: str
) -> User:
    """Ask whether it is really them, before what a stolen session must not do.

    Returns the user, with the row locked. Raises `WrongPassword` and `TooManyRequests`.
    """
    with attempts.attempt(attempts.of_account("own password", signed_in.user.user_id)):
        user = SignInRepository(session, signed_in.gym_id).lock_user(signed_in.user.user_id)
        if signed_in.gym is not None:
            session.refresh(signed_in.gym)
        fits, _newer = verify_password(password, _stored_hash(signed_in))
        if not fits:
            raise WrongPassword
    return user


def lock_user(session: GymSession, gym_id: GymId | None, user_id: int) -> User:
    """What changes of how a user signs in are serialised on."""
    return SignInRepository(session, gym_id).lock_user(user_id)


def end_all_sign_ins(
    session: GymSession, user: User, *, now: datetime, keep: int | None = None
) -> None:
    """End sessions but `keep`, refresh tokens and access tokens of a user whose row is locked."""
    repository = SignInRepository(session, gym_of(user))
    user.token_version += 1
    repository.revoke_sessions(user.user_id, now=now, keep=keep)
    repository.revoke_refresh_tokens(user.user_id, now=now)


def log_out(
    session: GymSession,
    signed_in: SignedIn,
    *,
    session_id: int | None,
    refresh_token: str | None,
    now: datetime,
) -> None:
    """End the dashboard session, or for other clients the access tokens and one refresh family."""
    repository = SignInRepository(session, signed_in.gym_id)
    user = repository.lock_user(signed_in.user.user_id)
    version = user.token_version
    if refresh_token is not None:
        token = repository.find_refresh_token(hash_secret(refresh_token))
        if token is not None and token.user_id == user.user_id:
            end_family(repository, user, token.family, now=now)
    if session_id is not None:
        repository.revoke_sessions(user.user_id, now=now, only=session_id)
    else:
        user.token_version = version + 1  # once, also where a family has ended


def notice_change(
    session: GymSession, signed_in: SignedIn, settings: Settings, *, now: datetime
) -> None:
    """Tell whoever it is by mail that their password was changed, where mail can be sent."""
    if settings.sender is None or signed_in.gym_id is None:  # mails are a gym's
        return
    user = signed_in.user
    mail = NewNotification(
        recipient=user.email,
        payload=AccountChange(user.user_id),
        dedupe_key=f"{user.user_id} {user.token_version}",
        provider_id=new_header_id(settings.sender),
    )
    PASSWORD_CHANGED.queue(session, signed_in.gym_id, Channel.EMAIL, [mail], now=now)


def forget_failures(attempts: Attempts, user: User) -> None:
    """Who chose a new password may sign in with it at once, whoever guessed before."""
    attempts.forget(attempts.of_account("sign in", _account_name(user)))


def _account_name(user: User) -> str:
    return f"user {user.user_id}"


def find_user(session: GymSession, key: str) -> SignedIn | None:
    repository = enter_by_login(session, key)
    if repository is None:
        return None
    user = repository.find_by_login(key)
    return None if user is None else SignedIn(user, repository.get_gym())


def _stored_hash(signed_in: SignedIn) -> str | None:
    return _holder_of_hash(signed_in).hashed_password


def store_hash(signed_in: SignedIn, hashed: str) -> None:
    _holder_of_hash(signed_in).hashed_password = hashed


def _holder_of_hash(signed_in: SignedIn) -> User | Gym:
    """An owner's hash is the gym's; everyone else has one of their own."""
    if signed_in.user.role == Role.OWNER and signed_in.gym is not None:
        return signed_in.gym
    return signed_in.user
