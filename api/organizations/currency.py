"""Another currency for a gym whose books are still empty."""

from datetime import datetime

from sqlalchemy import select, text

from core.money import DECIMALS
from db.models import Gym, MemberStats
from db.session import GymSession
from db.stats.member_changes import changing_members

# Whoever else changes the currency waits here, and then reads the new one.
_LOCK_PLANS = text("select from packages where gym_id = :gym_id order by package_id for update")
_CURRENCY = text("select currency from gyms where gym_id = :gym_id")
_PLANS = text("update packages set price = round(price, :decimals) where gym_id = :gym_id")
_PLAN_PRICES = text("update plan_prices set price = round(price, :decimals) where gym_id = :gym_id")
_MEMBERSHIPS = text(
    "update memberships set yearly_price = round(yearly_price * 10::numeric ^ :more),"
    " credit = round(credit * 10::numeric ^ :more) where gym_id = :gym_id"
)
_TERMS = text(
    "update membership_terms set price = round(price * 10::numeric ^ :more) where gym_id = :gym_id"
)
_AGREED_PRICES = text(
    "update agreed_prices set price = round(price * 10::numeric ^ :more),"
    " yearly_price = round(yearly_price * 10::numeric ^ :more) where gym_id = :gym_id"
)
_PRICE_RULES = text(
    "update price_rules set price = round(price * 10::numeric ^ :more) where gym_id = :gym_id"
)
_PROMOTIONS = text(  # a price of nothing takes nothing off: the least that can be paid remains
    "update promotions set amount_off = greatest(round(amount_off * 10::numeric ^ :more), 1)"
    " where gym_id = :gym_id and amount_off is not null"
)
_PROMOTION_USES = text(
    "update promotion_uses set taken_off = round(taken_off * 10::numeric ^ :more)"
    " where gym_id = :gym_id"
)


def keep_figures(session: GymSession, gym: Gym, currency: str, *, now: datetime) -> None:
    """Whoever pays 360.00 euros a year pays 360 yen: prices keep their figures, as near as the
    currency can pay them, until somebody edits them.

    Takes the locks of all members, so it comes before `OrganizationRepository.lock`.
    """
    in_gym = {"gym_id": gym.gym_id}
    session.execute(_LOCK_PLANS, in_gym)
    members = session.scalars(select(MemberStats.member_id).where(MemberStats.in_gym(gym.gym_id)))
    with changing_members(session, gym, members, now=now):
        before = session.execute(_CURRENCY, in_gym).scalar_one()
        more = DECIMALS[currency] - DECIMALS[before]
        if more:
            for prices in (_PLANS, _PLAN_PRICES):
                session.execute(prices, in_gym | {"decimals": DECIMALS[currency]})
            for amounts in (
                _MEMBERSHIPS,
                _TERMS,
                _AGREED_PRICES,
                _PRICE_RULES,
                _PROMOTIONS,
                _PROMOTION_USES,
            ):
                session.execute(amounts, in_gym | {"more": more})
