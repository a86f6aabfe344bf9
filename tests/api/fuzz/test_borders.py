"""Each operation, at the borders of what it allows: longest and too long, missing, of another kind,
of another method; and the examples of its documentation."""

import pytest

from tests.api.fuzz.calls import BORDERS, DOCUMENTED, call_often, who_may


@pytest.mark.parametrize("operation", DOCUMENTED, ids=str)
def test_at_its_borders_an_operation_does_what_is_documented(fuzzed_api, world, operation):
    asked = fuzzed_api[operation.path][operation.method]
    call_often(asked, world, who_may(operation), examples=1, modes=BORDERS).fail_if_wrong()
