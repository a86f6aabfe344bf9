"""Each operation, called by everybody but owners."""

import pytest

from api.kit.permissions import is_allowed
from db.models import Role
from tests.api.fuzz.calls import DOCUMENTED, call_often
from tests.api.fuzz.world import World, make_world


@pytest.fixture(scope="module")
def world(ops_sessions) -> World:
    return make_world(ops_sessions)


@pytest.mark.parametrize("operation", DOCUMENTED, ids=str)
@pytest.mark.parametrize("role", [*(role for role in Role if role is not Role.OWNER), None])
def test_each_role_gets_what_is_documented(fuzzed_api, world, role, operation):
    asked = fuzzed_api[operation.path][operation.method]
    answers = call_often(asked, world, role, examples=5)
    answers.fail_if_wrong()
    if not operation.is_public:
        may = role is not None and all(is_allowed(role, one) for one in operation.permissions)
        assert may or not answers.has_success
