from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
from fastapi import FastAPI

from api.kit.deps import get_now
from api.main import create_app
from tests.api.fuzz.calls import read_api
from tests.api.fuzz.world import Canaries, World, make_canaries, make_world
from tests.fixtures.api import NOON, make_settings
from tests.fixtures.routes import Operation


@pytest.fixture(scope="session")
def fuzzed_api(api_database, tmp_path_factory) -> Iterator[object]:
    """The API, which takes calls as fast as they come."""
    limits = {"rate_limit_user": 0, "rate_limit_gym": 0, "rate_limit_address": 0}
    app: FastAPI = create_app(
        make_settings(api_database, upload_dir=tmp_path_factory.mktemp("fuzzed"), **limits)
    )
    app.dependency_overrides[get_now] = lambda: NOON
    yield read_api(app)
    app.state.engine.dispose()


@pytest.fixture(scope="session")
def canaries(ops_sessions) -> Canaries:
    return make_canaries(ops_sessions)


@pytest.fixture(scope="session")
def world_of_readers(ops_sessions, canaries) -> World:
    return make_world(ops_sessions, canaries)


@pytest.fixture
def world(operation: Operation, world_of_readers, ops_sessions, canaries) -> World:
    """A gym of its own for each operation, whatever was called before; those that only read share
    one."""
    if operation.method == "GET":
        return replace(world_of_readers, chance=Random(0))
    return make_world(ops_sessions, canaries)
