"""How many mails a gym may send in 24 hours: few at first, more with every day that goes well.

A new gym is unknown. Twice the busiest day of the last thirty is allowed, half of it while too many
mails of the last week failed or made somebody unsubscribe; never less than on the first day, never
more than the platform's maximum, nor than the gym itself wants.
"""

from dataclasses import dataclass
from datetime import datetime

from api.campaigns.repository import CampaignRepository
from api.kit.settings import Settings
from db.models import Gym

MAX_TROUBLE_SHARE = 0.05
"""Share of a week's mails that were refused or unsubscribed from; above it a gym shrinks."""


@dataclass(frozen=True)
class Allowance:
    """`per_day` is None without a limit; `used` are the mails queued now, or sent or refused in 24
    hours."""

    per_day: int | None
    used: int

    @property
    def remaining(self) -> int | None:
        return None if self.per_day is None else max(self.per_day - self.used, 0)


def read_allowance(
    repository: CampaignRepository, gym: Gym, settings: Settings, *, now: datetime
) -> Allowance:
    """Exact only under `CampaignRepository.lock_mails`."""
    own = gym.mail_daily_limit
    if settings.mail_daily_start == 0 and own is None:
        return Allowance(None, 0)
    record = repository.read_record(now=now)
    if settings.mail_daily_start == 0:
        return Allowance(own, record.used)
    is_clean = record.trouble <= MAX_TROUBLE_SHARE * record.week
    grown = record.busiest_day * 2 if is_clean else record.busiest_day // 2
    if settings.mail_daily_max:
        grown = min(grown, settings.mail_daily_max)
    allowed = max(grown, settings.mail_daily_start)
    return Allowance(allowed if own is None else min(allowed, own), record.used)
