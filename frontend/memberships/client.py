"""A member's periods on a plan, and what is done with them."""

from datetime import date
from typing import cast

from frontend.kit.api_types import MembershipDetail, PlanChangePreview, QuoteItem
from frontend.kit.client import Params
from frontend.kit.session import api, may


def create(fields: Params) -> MembershipDetail:
    return cast(MembershipDetail, api.send("POST", "/memberships", json=fields))


def read_quote(plan_id: int, member_id: int, starts_on: date, code: str | None) -> QuoteItem:
    """What the member would pay for the plan."""
    given = {"member_id": member_id, "starts_on": str(starts_on), "code": code}
    return cast(QuoteItem, api.get(f"/membership-plans/{plan_id}/quote", **given))


def read(membership_id: int) -> MembershipDetail:
    return cast(MembershipDetail, api.get(f"/memberships/{membership_id}"))


def freeze(membership_id: int, fields: Params) -> None:
    api.send("POST", f"{_path(membership_id)}/freeze", json=fields)


def unfreeze(membership_id: int, fields: Params) -> None:
    api.send("POST", f"{_path(membership_id)}/unfreeze", json=fields)


def renew(membership_id: int, fields: Params) -> None:
    api.send("POST", f"/memberships/{membership_id}/renew", json=fields)


def cancel(membership_id: int, fields: Params) -> None:
    api.send("POST", f"{_path(membership_id)}/cancel", json=fields)


def withdraw_cancellation(membership_id: int, fields: Params) -> None:
    api.send("POST", f"{_path(membership_id)}/withdraw-cancellation", json=fields)


def preview_plan_change(membership_id: int, plan_id: int, starts_on: date) -> PlanChangePreview:
    return cast(
        PlanChangePreview,
        api.get(
            f"/memberships/{membership_id}/change-plan", plan_id=plan_id, starts_on=str(starts_on)
        ),
    )


def change_plan(membership_id: int, fields: Params) -> None:
    api.send("POST", f"/memberships/{membership_id}/change-plan", json=fields)


def mark_unpaid(membership_id: int, fields: Params) -> None:
    api.send("POST", f"/memberships/{membership_id}/unpaid", json=fields)


def mark_paid(membership_id: int) -> None:
    api.send("POST", f"/memberships/{membership_id}/paid", json={})


def _path(membership_id: int) -> str:
    """Members do to their own by routes of their own what the staff does to all."""
    own = "/me" if may("edit_own_membership") else ""
    return f"{own}/memberships/{membership_id}"
