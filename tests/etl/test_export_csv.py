"""The exported files: the tables of the demo gyms, column by column."""

import csv
from pathlib import Path

from sqlalchemy import create_engine, text

from db.models import Base
from etl.export_csv import export
from tests.etl.simulated import read


def test_files_have_the_tables_columns_and_all_their_rows(demo, tmp_path: Path) -> None:
    written = export(demo.ops_url, tmp_path)
    names = {path.stem for path in written}
    assert names >= {"attendance", "transactions", "customers", "packages"}
    for path, rows in written.items():
        with path.open(encoding="utf-8", newline="") as file:
            header, *lines = csv.reader(file)
        columns = [column.name for column in Base.metadata.tables[path.stem].columns]
        if path.stem == "gyms":  # without the owner's sign-in
            columns = ["gym_id", "name", "timezone", "currency"]
        assert header == columns
        assert len(lines) == rows == read(demo, f"select count(*) from {path.stem}")[0][0]
    assert not list(tmp_path.glob("*.part"))


def test_a_real_gym_is_not_exported(fresh_database, tmp_path: Path) -> None:
    engine = create_engine(fresh_database.ops_url)
    with engine.begin() as connection:
        connection.execute(
            text(
                "with g as (insert into gyms (name, username, email, hashed_password)"
                " values ('Real', 'real', 'real@gym.example', 'x') returning gym_id)"
                " insert into packages (gym_id, name, name_key, duration_months, price)"
                " select gym_id, 'Monthly', 'monthly', 1, 40 from g"
            )
        )
    engine.dispose()
    assert set(export(fresh_database.ops_url, tmp_path).values()) == {0}
