"""Another currency for a gym whose books are still empty."""

from sqlalchemy import text

from core.money import DECIMALS
from db.session import GymSession
from db.stats.member_stats import refresh_member_stats
from db.types import GymId

# Whoever else changes the currency waits here, and then reads the new one.
_LOCK_PLANS = text("select from packages where gym_id = :gym_id order by package_id for update")
_LOCK_MEMBERS = text(
    "select from member_stats where gym_id = :gym_id order by customer_id for update"
)
_CURRENCY = text("select currency from gyms where gym_id = :gym_id")
_PLANS = text("update packages set price = round(price, :decimals) where gym_id = :gym_id")
_MEMBERSHIPS = text(
    "update memberships set yearly_price = round(yearly_price * 10::numeric ^ :more)"
    " where gym_id = :gym_id"
)


def keep_figures(session: GymSession, gym_id: GymId, currency: str) -> None:
    """Whoever pays 360.00 euros a year pays 360 yen: prices keep their figures, as near as the
    currency can pay them, until somebody edits them.

    Takes the locks of all members, so it comes before the lock of the gym's own row.
    """
    session.execute(_LOCK_PLANS, {"gym_id": gym_id})
    session.execute(_LOCK_MEMBERS, {"gym_id": gym_id})
    before = session.execute(_CURRENCY, {"gym_id": gym_id}).scalar_one()
    more = DECIMALS[currency] - DECIMALS[before]
    if not more:
        return
    session.execute(_PLANS, {"gym_id": gym_id, "decimals": DECIMALS[currency]})
    session.execute(_MEMBERSHIPS, {"gym_id": gym_id, "more": more})
    refresh_member_stats(session, gym_id)
