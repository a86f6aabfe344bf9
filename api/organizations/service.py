"""Reading and changing a gym's own profile."""

from contextlib import suppress
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from api.email_confirmations.service import (
    EmailNotConfigured,
    TooManyLinks,
    find_problem,
    is_confirmed,
    mail_link,
)
from api.kit.errors import Conflict
from api.kit.principal import Principal
from api.kit.settings import Settings
from api.organizations import time_zone
from api.organizations.errors import NameTaken
from api.organizations.repository import OrganizationRepository
from api.organizations.schemas import Organization, OrganizationPatch
from db.models import Gym
from db.session import GymSession
from db.types import GymId


class CurrencyFixed(Conflict):
    code = "currency_fixed"

    def __init__(self, currency: str) -> None:
        super().__init__(
            f"The books of this gym are kept in {currency} since its first transaction,"
            " so the currency stays."
        )


def describe_gym(session: GymSession, gym: Gym, settings: Settings) -> Organization:
    problem = find_problem(session, gym, settings)
    return Organization(
        gym_id=gym.gym_id,
        name=gym.name,
        username=gym.username,
        email=gym.email,
        email_confirmed=is_confirmed(session, gym, gym.email),
        phone=gym.phone,
        address=gym.address,
        timezone=gym.timezone,
        coming_timezone=time_zone.find_coming(session, GymId(gym.gym_id)),
        currency=gym.currency,
        reply_to=gym.reply_to,
        reply_to_confirmed=gym.reply_to is None or is_confirmed(session, gym, gym.reply_to),
        mails_daily_report=gym.mails_daily_report,
        email_configured=settings.email_problem is None,
        email_ready=problem is None,
        email_problem=problem,
    )


def change_gym(
    session: GymSession,
    caller: Principal,
    data: OrganizationPatch,
    settings: Settings,
    *,
    now: datetime,
) -> Gym:
    """Change what was sent.

    Raises `CurrencyFixed`, `NameTaken`, `TimeZoneRefused` and `TimeZoneChanging`.

    The owner signs in with the gym's username and email: the owner's own row follows them. A link
    goes to an address that is new; to the one for answers only once the owner's is confirmed.
    """
    repository = OrganizationRepository(session, caller.gym_id)
    changes = data.model_dump(exclude_unset=True)
    zone = changes.pop("timezone", None)
    if zone is not None and time_zone.prepare_change(session, caller, zone):
        changes["timezone"] = zone
    gym = repository.lock()
    for field in ("phone", "address"):
        if changes.get(field) == "":
            changes[field] = None
    if changes.get("currency", gym.currency) != gym.currency and repository.has_money():
        raise CurrencyFixed(gym.currency)
    before = {gym.email, gym.reply_to}
    owner = repository.get_owner()
    for field, value in changes.items():
        setattr(gym, field, value)
    owner.username, owner.email = gym.username, gym.email
    try:
        session.flush()
    except IntegrityError as error:
        raise NameTaken from error
    chosen: list[str | None] = [gym.email]
    if is_confirmed(session, gym, gym.email):  # a gym of nobody known writes to no further address
        chosen.append(gym.reply_to)
    for address in chosen:
        if address is None or address in before or is_confirmed(session, gym, address):
            continue
        # Whether one was sent can be seen, and asked for again, at the profile.
        with suppress(EmailNotConfigured, TooManyLinks):
            mail_link(session, gym, address, settings, now=now)
    return gym
