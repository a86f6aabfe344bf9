"""Every column is in the register of personal data, and what the register says can be done."""

import pytest
from sqlalchemy import Engine, Table, text

from db.models import Base
from db.personal_data import ABOUT_NOBODY, PERSONAL, Erasing, Kind
from db.row_level_security import NOT_FOR_APP

TABLES = Base.metadata.tables
HOW = "Say in db/personal_data.py what it tells of a person"


def test_every_table_is_registered_once() -> None:
    assert set(PERSONAL) & ABOUT_NOBODY == set()
    assert set(PERSONAL) | ABOUT_NOBODY == set(TABLES), HOW


@pytest.mark.parametrize("name", PERSONAL)
def test_every_column_has_one_kind(name: str) -> None:
    named = [column for kind in Kind for column in getattr(PERSONAL[name], kind).split()]
    assert sorted(named) == sorted(TABLES[name].columns.keys()), HOW
    assert set(PERSONAL[name].replaced) | PERSONAL[name].kept <= set(named)


def refers_to_member(table: Table) -> bool:
    return table.name == "customers" or any(
        key.column.table.name == "customers" for key in table.foreign_keys
    )


def test_what_refers_to_a_member_is_found_by_the_member() -> None:
    pointing = {table.name for table in TABLES.values() if refers_to_member(table)}
    pointing -= NOT_FOR_APP
    assert pointing <= {name for name, table in PERSONAL.items() if table.find is not None}


@pytest.mark.parametrize(
    "name", [name for name, table in PERSONAL.items() if table.find and not table.loses_rows]
)
def test_what_is_blanked_may_be_empty(name: str) -> None:
    blanked = [c for c in PERSONAL[name].kinds if PERSONAL[name].erasing(c) is Erasing.BLANK]
    assert [c for c in blanked if not TABLES[name].columns[c].nullable] == []


@pytest.mark.parametrize("name", [name for name, table in PERSONAL.items() if table.find])
def test_the_rows_of_a_member_can_be_found(name: str, app_engine: Engine) -> None:
    query = f"select 1 from {name} where gym_id = :gym_id and {PERSONAL[name].find}"
    with app_engine.connect() as connection:
        connection.execute(text(query), {"gym_id": 1, "member_id": 1})
