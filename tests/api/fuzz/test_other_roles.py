"""Each operation, called by everybody but those whose business it is."""

import pytest

from api.kit.permissions import is_allowed
from db.models import Role
from tests.api.fuzz.calls import DOCUMENTED, call_often, who_may
from tests.api.fuzz.world import World, make_world


@pytest.fixture(scope="module")
def world(ops_sessions, canaries) -> World:
    return make_world(ops_sessions, canaries)


CALLS = [
    pytest.param(operation, role, id=f"{role}-{operation}")
    for role in (*Role, None)
    for operation in DOCUMENTED
    if role is not who_may(operation)
]


@pytest.mark.parametrize(("operation", "role"), CALLS)
def test_each_role_gets_what_is_documented(fuzzed_api, world, role, operation):
    asked = fuzzed_api[operation.path][operation.method]
    answers = call_often(asked, world, role, examples=3)
    answers.fail_if_wrong()
    if not operation.is_public:
        may = role is not None and all(is_allowed(role, one) for one in operation.permissions)
        assert may or not answers.has_success
