"""PostgreSQL folds no text: what `lower()` knows depends on its locale, and under C it is ASCII.

What is compared, kept unique or sorted without case is a key made by `core.text.fold`.
"""

import re
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql.ranges import AbstractRange

from db.models import Base

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("api", "core", "db", "ds", "etl")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".sql"} and path.parent.name != "versions"
]
# Its first bound, of a range.
RANGES = {
    column.name
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, AbstractRange)
}
# SQL, whether in a text or by SQLAlchemy; a method of Python's has nothing between its brackets.
FOLDING = re.compile(r"\b(?:lower|upper|initcap)\(([^)]+)\)|\.?\b(?:ilike|citext)\b")
# By ASCII alone wherever it runs; or of members' names, which are still sorted and matched so.
ALLOWED = re.compile(r'collate "C"|\b(Member|c|r)\.name\b|\((text\(")?name\b', re.IGNORECASE)


def test_no_sql_of_ours_folds_a_text() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {use[0]}"
        for path in SOURCES
        for use in FOLDING.finditer(path.read_text())
        if not ALLOWED.search(use[0])
        and not any(re.search(rf"\b{name}\b", use[1] or "") for name in RANGES | {"period"})
    ]
    assert found == []


def test_no_index_constraint_or_view_folds_a_text(migrator_engine: Engine) -> None:
    with migrator_engine.connect() as connection:
        definitions = connection.scalars(
            text(
                "select indexdef from pg_indexes where schemaname = 'public' union all"
                " select pg_get_constraintdef(oid) from pg_constraint union all"
                " select definition from pg_views where schemaname in ('public', 'reporting')"
            )
        ).all()
    assert len(definitions) > 100
    folding = re.compile(r"\b(lower|upper|initcap)\((?!\w+ COLLATE \"C\"|name\b)|~~\*")
    plain = [re.sub(r"\((\w+)\)::text", r"\1", each).replace("((", "(") for each in definitions]
    assert [definition for definition in plain if folding.search(definition)] == []
