"""Default deny: every route asks for a permission, and each role gets what the table says.

The routes are read from the application, so one that is added is tested without a word here.
"""

import pytest
from fastapi import Depends, FastAPI

from api.kit.deps import Require
from api.kit.permissions import ROLE_PERMISSIONS, Permission, is_allowed
from db.models import Role
from tests.fixtures.routes import GUARDED, OPERATIONS, PUBLIC, read_operations

UNKNOWN_ID = 2**62


def fill(operation):
    return operation.fill(**dict.fromkeys(operation.parameters, UNKNOWN_ID))


def test_every_route_asks_for_a_permission_or_is_meant_for_anybody():
    assert [str(operation) for operation in GUARDED if not operation.permissions] == []


def test_what_is_meant_for_anybody_asks_for_none():
    asking = [
        str(operation) for operation in OPERATIONS if operation.is_public and operation.permissions
    ]
    assert asking == []


def test_the_list_of_public_routes_names_no_route_that_is_gone():
    assert PUBLIC - {(operation.method, operation.path) for operation in OPERATIONS} == set()


def test_a_route_without_a_permission_would_be_found():
    app = FastAPI()
    app.get("/api/v1/open")(lambda: None)
    app.get("/api/v1/closed", dependencies=[Depends(Require(Permission.READ_GYM))])(lambda: None)
    found = {operation.path: operation.permissions for operation in read_operations(app)}
    assert found == {"/api/v1/open": (), "/api/v1/closed": (Permission.READ_GYM,)}


@pytest.mark.parametrize("operation", GUARDED, ids=str)
@pytest.mark.parametrize("authorization", [None, "Bearer x", "Basic YTpi"])
def test_d_g3_1_without_a_token_every_route_answers_401(client, operation, authorization):
    headers = {"Authorization": authorization} if authorization else {}
    answer = client.request(operation.method, fill(operation), headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("operation", GUARDED, ids=str)
@pytest.mark.parametrize("role", list(Role))
def test_d_ff_6_each_role_may_what_the_table_says_and_nothing_else(sign_in_as, operation, role):
    """Nothing is sent, so an allowed call ends at what is missing: 404, 422, or an empty list."""
    answer = sign_in_as(role).request(operation.method, fill(operation))
    if all(is_allowed(role, permission) for permission in operation.permissions):
        assert answer.status_code < 500
        assert answer.status_code not in (401, 403)
    else:
        assert answer.status_code == 403
        assert answer.json()["code"] == "forbidden"


@pytest.mark.parametrize("operation", GUARDED, ids=str)
def test_whoever_is_dismissed_is_refused_everywhere(client, operation, dismissed):
    assert dismissed.request(operation.method, fill(operation)).status_code == 401


@pytest.fixture
def dismissed(sign_in_as, ops_session):
    person = sign_in_as(Role.ADMIN)
    ops_session.execute(
        type(person.user)
        .__table__.update()
        .where(type(person.user).user_id == person.user.user_id)
        .values(is_active=False)
    )
    ops_session.commit()
    return person


class TestTheTable:
    """What the roles are, said a second time: a slip in the table must not pass unseen."""

    def test_an_owner_may_everything_in_the_gym_and_an_admin_all_but_take_it_away(self):
        everything = set(Permission) - {
            Permission.READ_GYMS,
            Permission.EDIT_GYMS,
            Permission.READ_OWN_MEMBERSHIP,
            Permission.EDIT_OWN_MEMBERSHIP,
        }
        assert ROLE_PERMISSIONS[Role.OWNER] == everything
        assert ROLE_PERMISSIONS[Role.ADMIN] == everything - {
            Permission.EXPORT_GYM,
            Permission.HAND_OVER_GYM,
        }

    def test_a_super_admin_has_no_right_in_a_gym(self):
        assert ROLE_PERMISSIONS[Role.SUPER_ADMIN] == {
            Permission.READ_OWN_ACCOUNT,
            Permission.READ_GYMS,
            Permission.EDIT_GYMS,
        }

    def test_a_member_has_what_is_their_own(self):
        assert ROLE_PERMISSIONS[Role.MEMBER] == {
            Permission.READ_OWN_ACCOUNT,
            Permission.READ_LOGO,
            Permission.READ_OWN_MEMBERSHIP,
            Permission.EDIT_OWN_MEMBERSHIP,
            Permission.HAND_OUT_DOOR_CODES,
        }

    @pytest.mark.parametrize("role", [Role.TRAINER, Role.RECEPTIONIST, Role.MEMBER])
    @pytest.mark.parametrize(
        "permission",
        [
            Permission.EDIT_GYM,
            Permission.EDIT_PLANS,
            Permission.MAKE_REPORTS,
            Permission.READ_ANALYTICS,
            Permission.READ_CAMPAIGNS,
            Permission.SEND_CAMPAIGNS,
            Permission.IMPORT_DATA,
            Permission.READ_AUDIT_LOG,
            Permission.TAKE_BACK_EARLIER_CHECK_INS,
        ],
    )
    def test_money_mail_settings_and_the_past_are_for_owner_and_admin(self, role, permission):
        assert not is_allowed(role, permission)

    def test_every_role_is_in_the_table(self):
        assert set(ROLE_PERMISSIONS) == set(Role)
