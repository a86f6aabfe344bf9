"""Canned answers to a member about themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from tests.frontend.fake_answers import FakeRoute, page_of
from tests.frontend.fake_gym import NOW

if TYPE_CHECKING:
    from tests.frontend.fake_api import FakeApi

MEMBERSHIP: dict[str, Any] = {
    "membership_id": 5,
    "plan_id": 1,
    "plan_name": "Monthly",
    "state": "active",
    "starts_on": "2025-01-01",
    "ends_on": None,
    "paid_until": "2026-12-31",
    "renews_automatically": True,
    "yearly_price": 480.0,
    "months": 1,
    "days": None,
    "next_term": 25,
    "next_price": 40.0,
    "possible_moves": ["freeze", "cancel"],
    "ends_if_cancelled": "2026-12-31",
    "notice_days": 30,
    "freezes": [],
    "terms": [
        {
            "term": 24,
            "starts_on": "2026-12-01",
            "ends_on": "2026-12-31",
            "price": 40.0,
            "renewed_on": "2026-12-01",
        }
    ],
}
NOTICE = {
    "state": "ending",
    "ends_on": "2026-12-31",
    "possible_moves": ["withdraw_cancellation"],
}


def read(api: FakeApi, request: Request, body: Any) -> Any:
    return {
        "member_id": 4,
        "name": "Mia Berg",
        "number": "M-4",
        "status": "active",
        "visits": 27,
        "last_visit": "2026-11-16",
        "current_weeks": 6,
        "longest_weeks": 11,
        "memberships": [MEMBERSHIP | api.gym.of_own_membership],
    }


def visits(api: FakeApi, request: Request, body: Any) -> Any:
    rows = [{"check_in_id": number, "check_in": NOW, "check_out": None} for number in range(12)]
    return page_of(request, rows)


def cancel(api: FakeApi, request: Request, body: Any, membership_id: int) -> Any:
    api.gym.of_own_membership = NOTICE
    return MEMBERSHIP | NOTICE


ROUTES: tuple[FakeRoute, ...] = (
    ("GET", "/me", read, False),
    ("GET", "/me/check-ins", visits, False),
    ("POST", r"/me/memberships/(\d+)/cancel", cancel, False),
)
