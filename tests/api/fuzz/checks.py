"""Which of Schemathesis' checks are off, where, and why. All others hold for every operation."""

import re
from dataclasses import dataclass
from typing import Any

from schemathesis.checks import CHECKS, load_all_checks


@dataclass(frozen=True)
class Off:
    check: str
    operations: str
    """A pattern of the whole `METHOD /path`."""
    why: str


V1 = "/api/v1"
OFF = (
    Off(
        "positive_data_acceptance",
        rf"POST {V1}/(auth/(register|password.*|second-factor.*)|team/hand-over"
        r"|invitations/(accept|preview)|organizations)",
        "What makes a password good, and which zones and currencies there are, is no JSON Schema",
    ),
    Off(
        "positive_data_acceptance",
        rf"POST {V1}/(auth/(login|session)|check-ins/bulk|members|invitations"
        r"|campaigns(/preview)?)",
        "One of two fields is needed: a schema of alternatives would be read by nobody",
    ),
    Off(
        "positive_data_acceptance",
        rf"PATCH {V1}/(organizations/me|members/.*|membership-plans/.*|team/.*)",
        "null clears a field, and some fields cannot be cleared",
    ),
    Off(
        "positive_data_acceptance",
        rf"POST ({V1}/membership-plans|{V1}/campaigns/.*/retry)",
        "Decimals of the currency, and what a kind of plan has, are more than JSON Schema can say",
    ),
    Off(
        "positive_data_acceptance",
        rf"(GET|POST) {V1}/((me/)?memberships|check-ins|membership-plans/.*/(price|quote)).*"
        rf"|.* (/aluno/.*|{V1}/attendance-reports.*)",
        "Days and moments have bounds and an order that JSON Schema cannot give",
    ),
    Off(
        "positive_data_acceptance",
        rf"(GET|POST|PUT|PATCH) {V1}/(equipment|locations|audiences|tags|organizations"
        r"|promotions)(/.*)?"
        rf"|(GET|POST) {V1}/kiosks?(/.*)?"
        rf"|PUT {V1}/members/.*/tags"
        rf"|GET {V1}/(membership-plans|members|audit-log(/export.csv)?)",
        "NUL is no text, a day has bounds, and null clears only some of the fields",
    ),
    Off(
        "positive_data_acceptance",
        rf"PUT {V1}/membership-plans/.*/access",
        "Hours that overlap are refused, which JSON Schema cannot say",
    ),
    Off(
        "positive_data_acceptance",
        rf"POST {V1}/(imports|members/.*/documents)|PUT {V1}/members/.*/photo",
        "What a file holds and how its columns are matched is described in words",
    ),
    Off(
        "positive_data_acceptance",
        rf"POST {V1}/auth/login/form",
        "NUL is refused wherever it stands, also in fields of a form that nobody reads",
    ),
    Off(
        "negative_data_rejection",
        rf"GET {V1}/members/.*/churn-risk",
        "Of a longer Accept-Language the beginning is read: browsers send what they like",
    ),
    Off(
        "ignored_auth",
        rf"POST {V1}/kiosk/check-ins",
        "The world sends the kiosk's key with each call, also where the check left it out",
    ),
    Off(
        "ignored_auth",
        rf"POST {V1}/auth/session/revoke",
        "To end a session that is not there is no mistake: signing out twice must work",
    ),
)


def find_checks_off(operation: str) -> list[Any]:
    load_all_checks()
    return [CHECKS.get_one(off.check) for off in OFF if re.fullmatch(off.operations, operation)]
