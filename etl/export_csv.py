"""The demo gyms' rows as files: `python -m etl.export_csv` writes `etl/data/*.csv`.

The header is the tables' own column names, read from the models, so that a file and a query of the
database give data science the same frame.
"""

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Table

from db.models import CheckIn, Gym, Member, Membership, MembershipPlan, Transaction
from db.session import make_engine
from etl.settings import SeedSettings

DATA = Path(__file__).with_name("data")
_MODELS = (CheckIn, Transaction, Member, MembershipPlan, Membership, Gym)
# A gym's row holds its owner's sign-in. Visits need the time zone to have a day.
_COLUMNS = {"gyms": ("gym_id", "name", "timezone", "currency")}


def export(url: str, folder: Path = DATA) -> dict[Path, int]:
    """Stream each table into a file of its name; return the rows written, by file."""
    engine = make_engine(url, pool_size=1, statement_timeout_ms=0)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return {
            folder / f"{model.__tablename__}.csv": _export_table(engine, model.__table__, folder)
            for model in _MODELS
        }
    finally:
        engine.dispose()


def _export_table(engine: Engine, table: Any, folder: Path) -> int:
    assert isinstance(table, Table)
    names = _COLUMNS.get(table.name) or [column.name for column in table.columns]
    columns = ", ".join(f"t.{name}" for name in names)
    key = next(iter(table.primary_key.columns)).name
    query = (
        f"select {columns} from {table.name} t join {Gym.__tablename__} g using (gym_id)"  # noqa: S608
        f" where g.is_demo order by t.{key}"
    )
    path = folder / f"{table.name}.csv"
    unfinished = path.with_suffix(".csv.part")
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, unfinished.open("w", encoding="utf-8", newline="") as file:
            cursor.copy_expert(f"copy ({query}) to stdout with (format csv, header)", file)
            rows = int(cursor.rowcount)
    unfinished.replace(path)
    return rows


def main() -> None:
    for path, rows in export(SeedSettings().ops_database_url).items():
        print(f"{path}: {rows:,} rows")


if __name__ == "__main__":
    main()
