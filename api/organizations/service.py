"""Reading and changing a gym's own profile."""

from sqlalchemy.exc import IntegrityError

from api.auth.principal import Principal
from api.auth.service import NameTaken
from api.errors import Conflict
from api.organizations import time_zone
from api.organizations.repository import OrganizationRepository
from api.organizations.schemas import Organization, OrganizationPatch
from api.settings import Settings
from db.models import Gym
from db.session import GymSession
from db.tenancy import GymId


class CurrencyFixed(Conflict):
    code = "currency_fixed"

    def __init__(self, currency: str) -> None:
        super().__init__(
            f"The books of this gym are kept in {currency} since its first transaction,"
            " so the currency stays."
        )


def describe_gym(session: GymSession, gym: Gym, settings: Settings) -> Organization:
    problem = settings.email_problem
    return Organization(
        gym_id=gym.gym_id,
        name=gym.name,
        username=gym.username,
        email=gym.email,
        phone=gym.phone,
        address=gym.address,
        timezone=gym.timezone,
        coming_timezone=time_zone.find_coming(session, GymId(gym.gym_id)),
        currency=gym.currency,
        reply_to=gym.reply_to,
        mails_daily_report=gym.mails_daily_report,
        email_ready=problem is None,
        email_problem=problem,
    )


def change_gym(session: GymSession, caller: Principal, data: OrganizationPatch) -> Gym:
    """Change what was sent. Raises `CurrencyFixed`, `NameTaken` and `TimeZoneChanging`.

    The owner signs in with the gym's username and email: the owner's own row follows them.
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
    owner = repository.get_owner()
    for field, value in changes.items():
        setattr(gym, field, value)
    owner.username, owner.email = gym.username, gym.email
    try:
        session.flush()
    except IntegrityError as error:
        raise NameTaken from error
    return gym
