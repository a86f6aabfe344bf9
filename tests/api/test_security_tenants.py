"""An object of another gym is not found, by any route, in any place of a call.

Both gyms have a row in every table. After each call the foreign gym's rows are the same versions
as before, and nothing of them has been said. So it is behind both walls, and behind the API's own
filters alone: the second wall is not to hide holes in the first.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from api.kit.access_tokens import AccessClaims, issue_access_token
from api.kit.deps import get_now
from api.kit.permissions import is_allowed
from api.main import create_app
from core.door_codes import DoorCode, find_step
from db.models import Base, Role
from db.session import session_scope
from tests.factories.every_table import Row, fill_every_table, row_values
from tests.fixtures.api import NOON, SECRET_KEY, ApiClient, TestClient, make_settings
from tests.fixtures.routes import APP, IN_A_GYM, Operation

SPEC = APP.openapi()
WITH_ID = [
    operation
    for operation in IN_A_GYM
    if operation.parameters and set(operation.parameters) != {"day"}
]
"""A day names no gym: tests/api/attendance_reports has both gyms' reports of one."""


@dataclass(frozen=True)
class Gym:
    """A gym with a row in every table, and the ids of these rows by the API's names."""

    mark: str
    rows: dict[str, Row]

    @property
    def gym_id(self) -> int:
        return self.rows["gyms"]["gym_id"]

    @property
    def ids(self) -> dict[str, int]:
        named = {}
        for mapper in Base.registry.mappers:
            keys = mapper.primary_key
            if len(keys) == 1:
                name = mapper.get_property_by_column(keys[0]).key
                named[name] = self.rows[mapper.local_table.name][keys[0].name]
        # Other names for the same, also of the Portuguese routes.
        others = {"id": "member_id", "aluno_id": "member_id", "plano_id": "plan_id"}
        others["other_id"] = "member_id"
        return named | {word: named[name] for word, name in others.items()}


def make(sessions) -> Gym:
    mark = f"mark{secrets.token_hex(6)}"
    with session_scope(sessions) as session:
        rows = fill_every_table(session.connection(), mark)
        add_photo(session, rows, mark)
        return Gym(mark, rows)


def add_photo(session, rows, mark: str) -> None:
    """Beside the document that every table has one of."""
    files, contents = (Base.metadata.tables[name] for name in ("files", "file_contents"))
    values = row_values(files, rows, mark) | {"kind": "member_photo", "content_type": "image/webp"}
    file_id = session.execute(files.insert().values(values).returning(files.c.file_id)).scalar_one()
    values = row_values(contents, rows, mark) | {"file_id": file_id}
    session.execute(contents.insert().values(values))


@pytest.fixture(scope="module", params=["both walls", "filters alone"])
def walls(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def own(ops_sessions, walls) -> Gym:
    return make(ops_sessions)


@pytest.fixture(scope="module")
def foreign(ops_sessions) -> Gym:
    return make(ops_sessions)


@pytest.fixture(scope="module")
def unguarded(api_database) -> Iterator[TestClient]:
    """The API as a role that row-level security does not bind: its own filters are left."""
    settings = make_settings(api_database, database_url=api_database.ops_url)
    app = create_app(settings)
    app.dependency_overrides[get_now] = lambda: NOON
    with TestClient(app, raise_server_exceptions=False) as http:
        yield http


@pytest.fixture
def caller(request, client, own, walls, ops_session) -> ApiClient:
    http = client.http if walls == "both walls" else request.getfixturevalue("unguarded")
    return sign_in(ops_session, own, http)


def sign_in(session, gym: Gym, http: TestClient) -> ApiClient:
    """An admin of the gym."""
    user_id = gym.rows["users"]["user_id"]
    version = session.connection().exec_driver_sql(
        "select token_version from users where user_id = %s", (user_id,)
    )
    claims = AccessClaims(user_id, gym.gym_id, version.scalar_one())
    return ApiClient(http, token=issue_access_token(claims, SECRET_KEY, now=NOON))


@pytest.fixture(autouse=True)
def _foreign_rows_stay(foreign, ops_session):
    before = versions(ops_session, foreign)
    yield
    ops_session.rollback()
    assert versions(ops_session, foreign) == before


VERSIONS = text(
    " union all ".join(
        f"select '{table.name}' as name, xmin::text, ctid::text from \"{table.name}\""
        " where gym_id = :gym_id"
        for table in Base.metadata.sorted_tables
    )
    + " order by 1, 3"
)
"""Of every row of a gym. One statement: it is asked before and after every call."""


def versions(session, gym) -> list[Any]:
    return session.execute(VERSIONS, {"gym_id": gym.gym_id}).all()


def call(caller: ApiClient, operation: Operation, gym: Gym) -> Any:
    """The operation on an object of `gym`, with an empty body where it takes one, or with the
    documented example of it where something must be in it."""
    spec = SPEC["paths"][operation.path][operation.method.lower()]
    body = {"json": example_of(spec["requestBody"], gym)} if "requestBody" in spec else {}
    if "multipart/form-data" in spec.get("requestBody", {}).get("content", {}):
        body = {"files": {"file": ("a.pdf", b"%PDF-1.4")}}
    ids = {name: gym.ids[name] for name in operation.parameters}
    return caller.request(
        operation.method, operation.fill(**ids), params=query_of(operation, gym), **body
    )


def query_of(operation: Operation, gym: Gym) -> dict[str, int]:
    """What it asks for beside its path: keys of `gym`, and the least of other numbers."""
    spec = SPEC["paths"][operation.path][operation.method.lower()]
    return {
        one["name"]: gym.ids.get(one["name"]) or one["schema"]["minimum"]
        for one in spec.get("parameters", ())
        if one["in"] == "query" and one["required"]
    }


def example_of(body: dict[str, Any], gym: Gym) -> Any:
    """With the keys of `gym` in it."""
    schema = body["content"].get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    schema = SPEC["components"]["schemas"].get(name, {})
    if not schema.get("required"):
        return {}
    return {key: gym.ids.get(key, value) for key, value in schema["examples"][0].items()}


@pytest.mark.parametrize("operation", WITH_ID, ids=str)
def test_d_g3_1_a_foreign_id_in_the_path_is_not_found(caller, foreign, operation):
    answer = call(caller, operation, foreign)
    assert answer.status_code == 404
    assert foreign.mark not in answer.text


@pytest.mark.parametrize("operation", WITH_ID, ids=str)
def test_an_own_id_in_the_same_call_is_found(caller, own, operation, ops_sessions, ops_session):
    """Else the refusal above could be about something else than the gym."""
    if operation.method == "DELETE":  # what it takes away is not to be missing in another test
        own = make(ops_sessions)
        caller = sign_in(ops_session, own, caller.http)
    answer = call(caller, operation, own)
    assert answer.status_code < 500
    assert answer.status_code not in (401, 403, 404), answer.text


def has_to_be_told(operation: Operation) -> bool:
    """Whether it asks for a parameter that nobody can leave out."""
    described = SPEC["paths"].get(operation.path, {}).get(operation.method.lower(), {})
    return any(parameter["required"] for parameter in described.get("parameters", ()))


@pytest.mark.parametrize(
    "operation",
    [
        one
        for one in IN_A_GYM
        if one.method == "GET"
        and not one.parameters
        and not has_to_be_told(one)
        and not one.path.endswith("/logo")  # one picture: tests/api/organizations/test_branding
        and all(is_allowed(Role.ADMIN, permission) for permission in one.permissions)
    ],
    ids=str,
)
def test_a_list_holds_the_own_rows_only(caller, foreign, operation):
    answer = caller.get(operation.path)
    assert answer.status_code == 200
    assert foreign.mark not in answer.text
    if answer.headers["content-type"] == "application/json" and "items" in answer.json():
        page = answer.json()
        assert page["total"] == len(page["items"]) or len(page["items"]) == page["size"]


def test_the_lists_do_hold_something(caller, own):
    assert own.mark in caller.get("/api/v1/members").text
    assert own.mark in caller.get("/api/v1/membership-plans").text


# Ids in queries and bodies. What is answered to the id of another gym's row: the status, and what
# else must hold. `ids` are the own gym's, `foreign` the other's.
def refused(answer):
    assert answer.status_code in (404, 422)


def is_the_owners(answer):
    """Nobody here is: tests/api/team asks as one."""
    assert answer.status_code == 403


def is_not_done(answer):
    assert answer.status_code in (404, 409, 422)


def finds_nothing(answer):
    if answer.status_code != 404:
        assert answer.status_code == 200
        assert answer.json()["total"] == 0


def is_an_empty_file(answer):
    assert answer.status_code == 200
    assert len(answer.text.splitlines()) == 1


def writes_to_nobody(answer):
    if answer.status_code in (200, 202):
        body = answer.json()
        assert body.get("will_send", 0) == 0
        assert body.get("queued", 0) == 0
    else:
        assert answer.status_code in (404, 409, 422)


def becomes_a_job(answer):
    assert answer.status_code == 202


MAIL = {"subject": "We miss you", "body": "Hello {{first_name}}, come back to {{gym}}."}


def counts_nothing(answer):
    assert answer.status_code == 200
    assert answer.json()["visits"] == 0


def opens_nothing(answer):
    """Another test may have revoked the member's codes: then that is the reason."""
    assert answer.status_code in (404, 409)


PLACES: dict[tuple[str, str, str], tuple[Any, Any]] = {
    ("get", "/api/v1/members", "plan_id"): (None, finds_nothing),
    ("get", "/api/v1/memberships", "member_id"): (None, finds_nothing),
    ("get", "/api/v1/check-ins", "member_id"): (None, finds_nothing),
    **{
        ("post", "/api/v1/member-merges/distinct", name): (
            lambda ids, foreign, name=name: (
                {
                    "member_id": ids["member_id"],
                    "other_id": ids["member_id"],
                }
                | {name: foreign["member_id"]}
            ),
            refused,
        )
        for name in ("member_id", "other_id")
    },
    ("get", "/api/v1/households", "member_id"): (None, finds_nothing),
    ("post", "/api/v1/households", "payer_id"): (
        lambda ids, foreign: {"payer_id": foreign["member_id"]},
        refused,
    ),
    ("post", "/api/v1/households", "member_ids"): (
        lambda ids, foreign: {"payer_id": ids["member_id"], "member_ids": [foreign["member_id"]]},
        refused,
    ),
    ("put", "/api/v1/households/{household_id}/payer", "member_id"): (
        lambda ids, foreign: {"member_id": foreign["member_id"]},
        refused,
    ),
    ("post", "/api/v1/households/{household_id}/members", "member_id"): (
        lambda ids, foreign: {"member_id": foreign["member_id"]},
        refused,
    ),
    ("get", "/api/v1/audit-log", "user_id"): (None, finds_nothing),
    ("get", "/api/v1/audit-log", "member_id"): (None, finds_nothing),
    ("get", "/api/v1/audit-log/export.csv", "user_id"): (None, is_an_empty_file),
    ("get", "/api/v1/audit-log/export.csv", "member_id"): (None, is_an_empty_file),
    ("get", "/api/v1/analytics/at-risk", "plan_id"): (None, finds_nothing),
    ("get", "/api/v1/analytics/at-risk/ids", "plan_id"): (None, finds_nothing),
    ("get", "/api/v1/locations/closures", "location_id"): (None, finds_nothing),
    ("post", "/api/v1/locations/closures", "location_id"): (
        lambda ids, foreign: {
            "location_id": foreign["location_id"],
            "starts_on": "2026-12-24",
            "ends_on": "2026-12-26",
        },
        refused,
    ),
    ("post", "/api/v1/check-ins", "location_id"): (
        lambda ids, foreign: {
            "member_id": ids["member_id"],
            "location_id": foreign["location_id"],
        },
        refused,
    ),
    ("post", "/api/v1/check-ins/scan", "location_id"): (
        lambda ids, foreign: {
            "code": DoorCode(ids["gym_id"], ids["member_id"], 1, find_step(NOON)).write(SECRET_KEY),
            "location_id": foreign["location_id"],
        },
        opens_nothing,
    ),
    ("get", "/api/v1/kiosks", "location_id"): (None, finds_nothing),
    ("get", "/api/v1/check-ins/statistics", "location_id"): (None, counts_nothing),
    ("get", "/api/v1/check-ins/statistics", "plan_id"): (None, counts_nothing),
    ("post", "/api/v1/kiosks", "location_id"): (
        lambda ids, foreign: {"name": "Door", "location_id": foreign["location_id"]},
        refused,
    ),
    ("put", "/api/v1/membership-plans/{plan_id}/access", "location_ids"): (
        lambda ids, foreign: {"hours": [], "location_ids": [foreign["location_id"]]},
        refused,
    ),
    **{
        ("post", f"/api/v1/membership-plans/{{plan_id}}/price-moves{action}", "membership_ids"): (
            lambda ids, foreign: {"membership_ids": [foreign["membership_id"]]},
            refused,
        )
        for action in ("", "/withdraw")
    },
    ("get", "/api/v1/membership-plans/{plan_id}/quote", "member_id"): (None, refused),
    **{
        (method, path, "plan_ids"): (
            lambda ids, foreign, body=body: body | {"plan_ids": [foreign["plan_id"]]},
            refused,
        )
        for method, path, body in (
            ("post", "/api/v1/promotions", {"code": "X", "name": "x", "percent_off": 1}),
            ("patch", "/api/v1/promotions/{promotion_id}", {}),
        )
    },
    ("get", "/api/v1/members", "trainer_id"): (None, finds_nothing),
    **{
        (method, path, name): (
            lambda ids, foreign, name=name: {"name": "x", "filter": {name: foreign[name]}},
            refused,
        )
        for method, path in (
            ("post", "/api/v1/audiences"),
            ("patch", "/api/v1/audiences/{audience_id}"),
        )
        for name in ("plan_id", "trainer_id")
    },
    **{
        ("post", path, "audience_id"): (
            lambda ids, foreign: MAIL | {"audience_id": foreign["audience_id"]},
            writes_to_nobody,
        )
        for path in ("/api/v1/campaigns/preview", "/api/v1/campaigns")
    },
    ("post", "/api/v1/members", "plan_id"): (
        lambda ids, foreign: {"name": "Mia", "plan_id": foreign["plan_id"]},
        refused,
    ),
    ("post", "/api/v1/members", "trainer_id"): (
        lambda ids, foreign: {"name": "Mia", "trainer_id": foreign["trainer_id"]},
        refused,
    ),
    ("patch", "/api/v1/members/{member_id}", "trainer_id"): (
        lambda ids, foreign: {"trainer_id": foreign["trainer_id"]},
        refused,
    ),
    **{
        ("post", path, name): (
            lambda ids, foreign, name=name: (
                {
                    "member_id": ids["member_id"],
                    "into_id": ids["member_id"],
                }
                | {name: foreign["member_id"]}
            ),
            refused,
        )
        for path in ("/api/v1/member-merges", "/api/v1/member-merges/preview")
        for name in ("member_id", "into_id")
    },
    ("post", "/api/v1/memberships", "member_id"): (
        lambda ids, foreign: {"member_id": foreign["member_id"], "plan_id": ids["plan_id"]},
        refused,
    ),
    ("post", "/api/v1/memberships", "plan_id"): (
        lambda ids, foreign: {"member_id": ids["member_id"], "plan_id": foreign["plan_id"]},
        refused,
    ),
    ("post", "/api/v1/invitations", "member_id"): (
        lambda ids, foreign: {
            "email": "mia@example.com",
            "role": "member",
            "member_id": foreign["member_id"],
        },
        refused,
    ),
    ("post", "/api/v1/team/hand-over", "user_id"): (
        lambda ids, foreign: {"user_id": foreign["user_id"], "current_password": "x"},
        is_the_owners,
    ),
    ("post", "/api/v1/memberships/{membership_id}/unfreeze", "freeze_id"): (
        lambda ids, foreign: {"freeze_id": foreign["freeze_id"]},
        is_not_done,
    ),
    ("post", "/api/v1/memberships/{membership_id}/change-plan", "plan_id"): (
        lambda ids, foreign: {"plan_id": foreign["plan_id"]},
        refused,
    ),
    ("get", "/api/v1/memberships/{membership_id}/change-plan", "plan_id"): (None, refused),
    ("post", "/api/v1/check-ins", "member_id"): (
        lambda ids, foreign: {"member_id": foreign["member_id"]},
        refused,
    ),
    ("post", "/aluno/registro", "plano_id"): (
        lambda ids, foreign: {"nome": "Mia", "plano_id": foreign["plan_id"]},
        refused,
    ),
    ("post", "/aluno/checkin", "aluno_id"): (
        lambda ids, foreign: {"aluno_id": foreign["member_id"]},
        refused,
    ),
    ("post", "/api/v1/check-ins/bulk", "member_id"): (
        lambda ids, foreign: {
            "check_ins": [{"member_id": foreign["member_id"], "check_in": "2026-11-18T10:00:00"}]
        },
        becomes_a_job,  # which refuses the row: see tests/api/check_ins/bulk/test_bulk.py
    ),
    ("post", "/api/v1/campaigns/preview", "member_ids"): (
        lambda ids, foreign: MAIL | {"member_ids": [foreign["member_id"]]},
        writes_to_nobody,
    ),
    ("post", "/api/v1/campaigns/preview", "plan_id"): (
        lambda ids, foreign: MAIL | {"filter": {"tab": "all", "plan_id": foreign["plan_id"]}},
        writes_to_nobody,
    ),
    ("post", "/api/v1/campaigns", "member_ids"): (
        lambda ids, foreign: MAIL | {"member_ids": [foreign["member_id"]]},
        writes_to_nobody,
    ),
    ("post", "/api/v1/campaigns", "plan_id"): (
        lambda ids, foreign: MAIL | {"filter": {"tab": "all", "plan_id": foreign["plan_id"]}},
        writes_to_nobody,
    ),
    ("post", "/api/v1/campaigns/{campaign_id}/retry", "message_ids"): (
        lambda ids, foreign: {"message_ids": [foreign["notification_id"]]},
        lambda answer: writes_to_nobody(answer),
    ),
}


def ids_in_calls() -> set[tuple[str, str, str]]:
    """Every query parameter and body field of the API that is named as an id."""
    found = set()
    for path, operations in SPEC["paths"].items():
        for method, operation in operations.items():
            if (method.upper(), path) in {(one.method, one.path) for one in IN_A_GYM}:
                names = {
                    parameter["name"]
                    for parameter in operation.get("parameters", [])
                    if parameter["in"] == "query"
                }
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    names |= fields(content["schema"])
                found |= {(method, path, name) for name in names if name.endswith(("_id", "_ids"))}
    return found


def fields(schema: dict[str, Any], seen: frozenset[str] = frozenset()) -> set[str]:
    """All names in a body, also those of what is inside it."""
    if reference := schema.get("$ref"):
        if reference in seen:
            return set()
        name = reference.rpartition("/")[2]
        return fields(SPEC["components"]["schemas"][name], seen | {reference})
    inner = [
        *schema.get("properties", {}).values(),
        *(part for kind in ("anyOf", "oneOf", "allOf") for part in schema.get(kind, [])),
        *([schema["items"]] if "items" in schema else []),
    ]
    return set(schema.get("properties", {})).union(*(fields(part, seen) for part in inner))


def test_every_place_for_an_id_is_tested():
    assert ids_in_calls() == set(PLACES)


@pytest.mark.parametrize("place", sorted(PLACES), ids=" ".join)
def test_d_ff_7_a_foreign_id_in_a_query_or_body_leads_nowhere(caller, own, foreign, place):
    method, path, name = place
    make_body, expect = PLACES[place]
    address = path.format(**own.ids)
    if make_body is None:
        answer = caller.get(f"{address}?{name}={foreign.ids[name]}")
    else:
        answer = caller.request(method.upper(), address, json=make_body(own.ids, foreign.ids))
    expect(answer)
    assert foreign.mark not in answer.text
