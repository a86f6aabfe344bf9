"""Nobody changes who may do what without the change showing in a review."""

import os

from tests.contract.catalog import read_catalog, read_snapshot, write_snapshot


def test_a_freshly_migrated_database_equals_the_committed_catalog(migrator_engine):
    with migrator_engine.connect() as connection:
        found = read_catalog(connection)
    if os.environ.get("WRITE_CATALOG"):
        write_snapshot(found)
    committed = read_snapshot()
    hint = "if meant: WRITE_CATALOG=1 pytest tests/contract/test_catalog_snapshot.py, and look"
    for part in ("roles", "functions", "tables"):
        assert found[part].keys() == committed[part].keys(), hint
        for name in found[part]:
            assert found[part][name] == committed[part][name], f"{name}: {hint}"
