"""The gym gets another owner."""

from contextlib import suppress
from datetime import datetime

from api.auth.attempts import Attempts
from api.auth.service import SignedIn, confirm_password
from api.email_confirmations.errors import EmailNotConfigured, TooManyLinks
from api.email_confirmations.service import is_confirmed, mail_link
from api.kit.principal import Principal
from api.kit.settings import Settings
from api.team.errors import NotAnAdmin, OwnerOnly
from api.team.repository import TeamRepository
from api.team.schemas import HandOverRequest, TeamItem
from api.team.service import to_item
from db.models import Role
from db.session import GymSession


def hand_over(
    session: GymSession,
    attempts: Attempts,
    caller: Principal,
    data: HandOverRequest,
    settings: Settings,
    *,
    now: datetime,
) -> TeamItem:
    """Make an admin the owner, and the owner an admin. Both sign in as before.

    The gym's own address becomes the new owner's, to be confirmed if it is not. Raises
    `TeammateNotFound`, `OwnerOnly`, `WrongPassword` and `NotAnAdmin`.
    """
    repository = TeamRepository(session, caller.gym_id)
    repository.get_or_refuse(data.user_id)
    gym = caller.gym
    before = confirm_password(session, attempts, SignedIn(caller.user, gym), data.current_password)
    if before.role != Role.OWNER:  # while the password was checked, another hand-over came first
        raise OwnerOnly
    after = repository.lock_or_refuse(data.user_id)
    if after.role != Role.ADMIN or not after.is_active:
        raise NotAnAdmin(after.name)
    assert after.hashed_password is not None, "an owner's hash alone is the gym's"
    before.role, before.hashed_password = Role.ADMIN, gym.hashed_password
    if after.username is None:
        # A gym is signed in to by a name as well, and the new owner has none: it goes along.
        after_name, before.username = before.username, None
    else:
        after_name = after.username
    session.flush()  # there is one owner at a time, and a name is of one person
    after.role, after.username = Role.OWNER, after_name
    gym.hashed_password, after.hashed_password = after.hashed_password, None
    session.flush()
    gym.email, gym.username = after.email, after.username or gym.username
    session.flush()
    if not is_confirmed(session, gym, gym.email):
        with suppress(EmailNotConfigured, TooManyLinks):
            mail_link(session, gym, gym.email, settings, now=now)
    return to_item(session, after)
