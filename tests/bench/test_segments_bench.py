"""The bench measures what it says: three ways to the same figures."""

from pathlib import Path

from tests.bench.big_gym import fill
from tests.bench.segments import WAYS, check_results
from tests.bench.tables import write_section
from tests.fixtures.postgres import MigratedDatabase


def test_the_three_ways_count_the_same(fresh_database: MigratedDatabase) -> None:
    made = fill(fresh_database.superuser_url, fresh_database.ops_url, members=300, visits=9_000)
    assert made["customers"] == 300
    assert 8_500 < made["attendance"] < 9_500
    for measure in WAYS.values():
        timing = measure(fresh_database)
        assert set(timing) == {"read", "compute", "write"}
    check_results(fresh_database)


def test_a_table_replaces_its_own_section_only(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    write_section("one", "1", page)
    write_section("two", "2", page)
    write_section("one", "3", page)
    assert page.read_text() == (
        "# Benchmarks\n\n<!-- one -->\n3\n<!-- /one -->\n\n<!-- two -->\n2\n<!-- /two -->\n"
    )
