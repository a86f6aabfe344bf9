"""Each operation, called by an owner, or by a super admin where it is theirs: what is answered is
what is documented, and not all of it is a refusal."""

import pytest

from tests.api.fuzz.calls import DOCUMENTED, call_often, who_may
from tests.api.fuzz.world import PREPARED


@pytest.mark.parametrize("operation", DOCUMENTED, ids=str)
def test_an_owner_gets_what_is_documented_and_some_of_it_is_success(fuzzed_api, world, operation):
    asked = fuzzed_api[operation.path][operation.method]
    if str(operation) in PREPARED:
        PREPARED[str(operation)](world)
    answers = call_often(asked, world, who_may(operation), examples=25)
    answers.fail_if_wrong()
    assert answers.has_success, f"{operation} refuses everything: {dict(answers.statuses)}"
