"""Reading and changing a gym's own profile."""

from contextlib import suppress
from datetime import datetime

from api.email_confirmations.errors import EmailNotConfigured, TooManyLinks
from api.email_confirmations.service import find_problem, is_confirmed, mail_link
from api.kit.principal import Principal
from api.kit.repository import refusing
from api.kit.settings import Settings
from api.kit.translation import translate
from api.organizations import time_zone
from api.organizations.branding.service import find_logo_id
from api.organizations.currency import keep_figures
from api.organizations.errors import CurrencyFixed, NameTaken
from api.organizations.repository import SIGN_IN_NAMES, OrganizationRepository
from api.organizations.schemas import OrganizationDetail, OrganizationUpdate
from db.session import GymSession
from db.types import GymId


def read(session: GymSession, caller: Principal, settings: Settings) -> OrganizationDetail:
    gym = caller.gym
    problem = find_problem(session, gym, settings)
    return OrganizationDetail(
        gym_id=gym.gym_id,
        name=gym.name,
        username=gym.username,
        email=gym.email,
        email_confirmed=is_confirmed(session, gym, gym.email),
        phone=gym.phone,
        address=gym.address,
        timezone=gym.timezone,
        pending_timezone=time_zone.find_pending(session, GymId(gym.gym_id)),
        currency=gym.currency,
        language=gym.language,
        brand_colour=gym.brand_colour,
        has_logo=find_logo_id(session, gym) is not None,
        reply_to=gym.reply_to,
        reply_to_confirmed=gym.reply_to is None or is_confirmed(session, gym, gym.reply_to),
        mails_daily_report=gym.mails_daily_report,
        sends_payment_reminders=gym.sends_payment_reminders,
        enforces_access=gym.enforces_access,
        debt_grace_days=gym.debt_grace_days,
        absence_days=gym.absence_days,
        absence_gaps=gym.absence_gaps,
        mail_pause_days=gym.mail_pause_days,
        mail_daily_limit=gym.mail_daily_limit,
        sms_problem=None if settings.sms_problem is None else translate(settings.sms_problem),
        email_configured=settings.email_problem is None,
        email_ready=problem is None,
        email_problem=None if problem is None else translate(problem),
    )


def update(
    session: GymSession,
    caller: Principal,
    data: OrganizationUpdate,
    settings: Settings,
    *,
    now: datetime,
) -> None:
    """Change what was sent.

    Raises `CurrencyFixed`, `NameTaken`, `TimeZoneRefused` and `TimeZoneChanging`.

    The owner signs in with the gym's username and email: the owner's own row follows them. A link
    goes to an address that is new; to the one for replies only once the owner's is confirmed.
    """
    repository = OrganizationRepository(session, caller.gym_id)
    changes = data.changes()
    zone = changes.pop("timezone", None)
    if zone is not None and time_zone.prepare_change(session, caller, zone):
        changes["timezone"] = zone
    if changes.get("currency"):
        keep_figures(session, caller.gym, changes["currency"], now=now)
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
    with refusing(dict.fromkeys(SIGN_IN_NAMES, NameTaken())):
        session.flush()
    chosen: list[str | None] = [gym.email]
    if is_confirmed(session, gym, gym.email):  # an unconfirmed gym writes to no further address
        chosen.append(gym.reply_to)
    for address in chosen:
        if address is None or address in before or is_confirmed(session, gym, address):
            continue
        # The profile shows whether one was sent, and can request another.
        with suppress(EmailNotConfigured, TooManyLinks):
            mail_link(session, gym, address, settings, now=now)
