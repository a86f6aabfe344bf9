"""Where somebody is signed in: browsers by their dashboard session, other clients by their family
of refresh tokens."""

from datetime import datetime

from api.auth.errors import SignInNotFound
from api.auth.refresh_tokens import end_family
from api.auth.repository import SignInRepository
from api.auth.schemas import SignInItem
from api.auth.service import end_all_sign_ins
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Caller
from db.session import GymSession


def list_page(
    session: GymSession, caller: Caller, page: PageRequest, *, now: datetime
) -> Page[SignInItem]:
    rows, total = SignInRepository(session, caller.gym_id).list_sign_ins(
        caller.user_id, page, now=now
    )
    items = [
        SignInItem(
            kind=row.kind,
            id=row.id,
            program=row.program,
            system=row.system,
            signed_in_at=row.signed_in_at,
            last_used_at=row.last_used_at,
            is_current=row.kind == "dashboard" and row.id == caller.session_id,
        )
        for row in rows
    ]
    return Page[SignInItem].of(items, total, page)


def end_session(session: GymSession, caller: Caller, session_id: int, *, now: datetime) -> None:
    """End a browser's. Raises `SignInNotFound`."""
    repository = SignInRepository(session, caller.gym_id)
    repository.lock_user(caller.user_id)
    if not repository.revoke_sessions(caller.user_id, now=now, only=session_id):
        raise SignInNotFound(session_id)


def end_client(
    session: GymSession, caller: Caller, refresh_token_id: int, *, now: datetime
) -> None:
    """End another client's, access tokens included. Raises `SignInNotFound`."""
    repository = SignInRepository(session, caller.gym_id)
    user = repository.lock_user(caller.user_id)
    family = repository.find_family(user.user_id, refresh_token_id)
    if family is None:
        raise SignInNotFound(refresh_token_id)
    end_family(repository, user, family, now=now)


def end_all(session: GymSession, caller: Caller, *, now: datetime) -> None:
    """Sign out everywhere, here as well."""
    user = SignInRepository(session, caller.gym_id).lock_user(caller.user_id)
    end_all_sign_ins(session, user, now=now)
