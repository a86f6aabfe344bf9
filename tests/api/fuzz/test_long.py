"""The same with other examples each time, and calls that follow from each other.

A failure shows its seed among the captured output: put it into `seed` to see it again.
"""

import secrets
from typing import Any

import hypothesis
import pytest
from hypothesis.stateful import run_state_machine_as_test

from db.models import Role
from tests.api.fuzz.calls import (
    DOCUMENTED,
    LOCATIONS,
    Answers,
    call_often,
    choose_settings,
    use_what_exists,
    who_may,
)
from tests.api.fuzz.world import make_world

pytestmark = pytest.mark.long
EXAMPLES = 300
SEQUENCES = 100


@pytest.fixture
def seed() -> int:
    seed = secrets.randbelow(2**32)
    print(f"seed {seed}")  # noqa: T201
    return seed


@pytest.mark.parametrize("operation", DOCUMENTED, ids=str)
def test_an_owner_gets_what_is_documented(fuzzed_api, ops_sessions, canaries, operation, seed):
    asked = fuzzed_api[operation.path][operation.method]
    world = make_world(ops_sessions, canaries)
    call_often(asked, world, who_may(operation), examples=EXAMPLES, seed=seed).fail_if_wrong()


def test_what_one_call_makes_the_next_one_finds(fuzzed_api, ops_sessions, canaries, seed):
    answers = Answers()
    others = {name: place for name, place in LOCATIONS.items() if name != "path_parameters"}

    class Calls(fuzzed_api.as_state_machine()):
        def setup(self) -> None:
            super().setup()
            # Anew, else what earlier sequences did would matter.
            self.world = make_world(ops_sessions, canaries)

        def before_call(self, case: Any) -> None:
            use_what_exists(case, self.world, others)  # a path names what an earlier call has made
            case.operation.schema.app.state.limits.reset()

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": self.world.sign_in(Role.OWNER, case.path)}

        def validate_response(self, response: Any, case: Any, *_: Any, **sent: Any) -> None:
            recorder = getattr(self, "recorder", None)
            answers.judge(case, response, sent["headers"], canary=canaries.mark, recorder=recorder)

    hypothesis.seed(seed)(Calls)
    run_state_machine_as_test(
        Calls,
        settings=choose_settings(max_examples=SEQUENCES, stateful_step_count=8, derandomize=False),
    )
    answers.fail_if_wrong()
    assert answers.has_success
