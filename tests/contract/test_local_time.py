"""SQL turns instants into local time, and never back: it would take other rules than Python does.

`x at time zone 'Europe/Berlin'` goes either way, by the type of x alone.
"""

import re
from pathlib import Path

from sqlalchemy import DateTime, Engine, text

from db.models import Base

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("api", "core", "db", "ds", "etl")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".sql"}
]
INSTANTS = {
    column.name
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, DateTime) and column.type.timezone
} | {
    "timestamptz",  # a cast
    "now",
    "moment",  # of a day that is compared, in `db.zone_offsets`
    "newest",  # visit of a member, in `ds.value.history`
}
USE = re.compile(r"(\w+)[(){}]*\s+at time zone\s+([\w:'.%()]+)", re.IGNORECASE)


def test_our_sql_turns_instants_alone() -> None:
    others = [
        f"{path.relative_to(ROOT)}: {use[0]}"
        for path in SOURCES
        for use in USE.finditer(path.read_text())
        # UTC itself is the same everywhere: a time that Python's offset was taken from.
        if use[1] not in INSTANTS and use[2] != "'UTC'"
    ]
    assert others == []


def test_no_view_default_or_constraint_turns_local_time_into_an_instant(
    migrator_engine: Engine,
) -> None:
    with migrator_engine.connect() as connection:
        [local_to_instant] = connection.scalars(
            text("select 'timezone(text, timestamp without time zone)'::regprocedure::oid")
        )
        trees = connection.execute(
            text(
                "select ev_class::regclass::text, ev_action::text from pg_rewrite union all"
                " select adrelid::regclass::text, adbin::text from pg_attrdef union all"
                " select conname::text, conbin::text from pg_constraint where conbin is not null"
            )
        ).all()
    assert len(trees) > 100
    used = re.compile(rf":funcid {local_to_instant}\b")
    assert [name for name, tree in trees if used.search(tree)] == []
