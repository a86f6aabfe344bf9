"""Schemathesis over the API in process: what one operation answers to one role."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import hypothesis
import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.hypothesis.builder import (
    HypothesisTestConfig,
    HypothesisTestMode,
    create_test,
)
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import ignored_auth

from db.models import Role
from tests.api.fuzz.checks import find_checks_off
from tests.api.fuzz.world import World
from tests.fixtures.routes import APP, OPERATIONS, Operation

LOCATIONS = {
    "path_parameters": ParameterLocation.PATH,
    "query": ParameterLocation.QUERY,
    "body": ParameterLocation.BODY,
}
DOCUMENTED = [one for one in OPERATIONS if one.path in APP.openapi()["paths"]]
LONGEST_SHOWN = 600
FUZZING = [HypothesisTestMode.FUZZING]
BORDERS = [HypothesisTestMode.EXAMPLES, HypothesisTestMode.COVERAGE]
"""The examples of the documentation, and what stands at the border of what it allows."""


@dataclass
class Answers:
    """How often which status was answered, and what was wrong with it, each kind once."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: dict[tuple[str, ...], str] = field(default_factory=dict)

    def judge(
        self,
        case: Any,
        response: Any,
        headers: dict[str, str],
        *,
        canary: str | None,
        **context: Any,
    ) -> None:
        """No check fails, and `canary` is nowhere in the answer.

        Failures are kept, not raised: the next calls happen in what this one has changed, and could
        not be replayed without it.
        """
        off = find_checks_off(case.operation.label)
        if self.has_success:  # whether a call without a token is refused is known by then
            off.append(ignored_auth)
        self.statuses[response.status_code] += 1
        if canary is not None and canary.encode() in response.content:
            kind = (case.operation.label, "another gym's row", str(response.status_code))
            self.failures.setdefault(kind, f"{kind}\n{case!r}\n{response.text[:LONGEST_SHOWN]}")
        try:
            case.validate_response(
                response,
                headers=headers,
                transport_kwargs={"headers": headers},
                excluded_checks=off,
                **context,
            )
        except FailureGroup as group:
            for failure in group.exceptions:
                kind = (case.operation.label, type(failure).__name__, str(response.status_code))
                said = response.text[:LONGEST_SHOWN]
                self.failures.setdefault(kind, f"{failure}\n{case!r}\n{said}")

    def fail_if_wrong(self) -> None:
        if self.failures:
            pytest.fail("\n\n".join(self.failures.values()), pytrace=False)

    @property
    def has_success(self) -> bool:
        return any(200 <= status < 300 for status in self.statuses)


def who_may(operation: Operation) -> Role:
    """The role whose business it is: an owner's mostly."""
    if operation.is_members_own:
        return Role.MEMBER
    return Role.SUPER_ADMIN if operation.is_platforms else Role.OWNER


def read_api(app: FastAPI) -> Any:
    """What the API says of itself, taken strictly: an answer has no field that is not documented.

    That a token is got by a password is left out: the checks of authentication know bearers only.
    """
    document = app.openapi()
    components = document["components"]
    schemes = {key: {"type": "http", "scheme": "bearer"} for key in components["securitySchemes"]}
    closed = {
        name: {"additionalProperties": False} | schema if "properties" in schema else schema
        for name, schema in components["schemas"].items()
    }
    document = document | {"components": {"schemas": closed, "securitySchemes": schemes}}
    # Tokens are the world's: made up ones would be in the place of good ones.
    config = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
    api = schemathesis.openapi.from_dict(document, config=config)
    api.app = app
    return api


def choose_settings(**over: Any) -> hypothesis.settings:
    """As fast or slow as it goes, remembering nothing, and without looking for a shorter call."""
    return hypothesis.settings(
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        **over,
    )


def call_often(
    operation: Any,
    world: World,
    role: Role | None,
    *,
    examples: int,
    modes: list[HypothesisTestMode] = FUZZING,
    seed: int | None = None,
) -> Answers:
    """Call an operation with what Schemathesis makes up, and with what exists in the world."""
    answers = Answers()
    # Who runs the platform reads the names of its gyms.
    canary = None if role is Role.SUPER_ADMIN else world.canaries.mark

    @choose_settings(max_examples=examples, derandomize=seed is None)
    def call(case: Any) -> None:
        use_what_exists(case, world)
        operation.schema.app.state.limits.reset()  # of attempts at passwords
        headers = world.sign_in(role, case.path)
        answers.judge(case, case.call(headers=headers), headers, canary=canary)

    settings = HypothesisTestConfig(project=operation.schema.config, modes=modes, seed=seed)
    create_test(operation=operation, test_func=call, config=settings)()
    return answers


def use_what_exists(
    case: Any, world: World, places: Mapping[str, ParameterLocation] = LOCATIONS
) -> None:
    """Put what exists in the place of what was made up, save where that is wrong on purpose."""
    fillable = [name for name, place in places.items() if not is_the_point(case, place)]
    for name in fillable:
        values = getattr(case, name)
        if isinstance(values, dict):
            body = world.choose_body(case.operation.label, case.media_type)
            if name == "body" and body is not None:
                filled = _fill(case.path, body, partial(world.choose, share=1))
            else:
                filled = _fill(case.path, values, world.choose)
            setattr(case, name, filled)
    # What was put there is good although a schema does not say so, such as the bytes of a file:
    # else it would be judged anew, and called wrong on purpose.
    case._record_starting_state()


def is_the_point(case: Any, location: ParameterLocation) -> bool:
    """Whether what was made up for this part is wrong, or at a border, on purpose."""
    meta = case.meta
    if meta is None or meta.is_negative_at(location):
        return meta is not None
    return meta.phase.name is TestPhase.COVERAGE and meta.phase.data.parameter_location is location


def _fill(path: str, value: Any, choose: Callable[[str, str, Any], Any], name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _fill(path, inner, choose, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill(path, inner, choose, name.removesuffix("s")) for inner in value]
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 1.0 is a whole number to JSON Schema; the API refuses it knowingly
    return choose(path, name, value)
