"""One simulated history for all tests that only look at it."""

from collections.abc import Iterator
from datetime import date

import pytest

from tests.etl.simulated import simulate
from tests.fixtures.postgres import MigratedDatabase, Server


@pytest.fixture(scope="session")
def demo(
    postgres_server: Server, template_database: str, worker_id: str
) -> Iterator[MigratedDatabase]:
    """Two small demo gyms up to the end of 31 May 2026. Only for looking."""
    made = postgres_server.copy(template_database, f"comeback_test_demo_{worker_id}")
    simulate(made, date(2026, 5, 31))
    yield made
    postgres_server.drop(made.name)
