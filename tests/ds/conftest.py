"""The `world` that the tests of the science fill."""

from collections.abc import Iterator

import pytest

from tests.ds.world import World
from tests.fixtures.postgres import MigratedDatabase


@pytest.fixture
def world(fresh_database: MigratedDatabase) -> Iterator[World]:
    world = World(fresh_database.ops_url)
    yield world
    world.engine.dispose()
