"""What the code knows as the words of a column is what the database lets in."""

import re
from enum import StrEnum

import pytest
from sqlalchemy import Enum, MetaData, literal, select, text, type_coerce
from sqlalchemy.exc import StatementError

from db.enums import enum_type
from db.models import Base, PaymentState

_CHECKS = """
select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
where contype = 'c' and conname ~ '_known$'
"""


def find_enum_columns(metadata):
    return {
        f"{table.name}.{column.name}": column
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Enum)
    }


def find_differences(connection, metadata):
    """Enum columns and checks of words that do not name the same words, as `table.column`."""
    known = {name: set(column.type.enums) for name, column in find_enum_columns(metadata).items()}
    checked = {
        f"{table}.{name.removeprefix(f'ck_{table}_').removesuffix('_known')}": set(
            re.findall("'([^']*)'::", check)
        )
        for table, name, check in connection.exec_driver_sql(_CHECKS)
    }
    return {name for name in known | checked if known.get(name) != checked.get(name)}


def test_every_enum_column_lets_in_exactly_its_words(migrator_engine):
    with migrator_engine.connect() as connection:
        assert find_differences(connection, Base.metadata) == set()


@pytest.mark.parametrize("name", sorted(find_enum_columns(Base.metadata)))
def test_a_word_more_in_the_code_is_found(migrator_engine, name):
    planted = MetaData()
    for table in Base.metadata.sorted_tables:
        table.to_metadata(planted)
    column = find_enum_columns(planted)[name]
    column.type = enum_type(StrEnum("More", [(word, word) for word in [*column.type.enums, "new"]]))
    with migrator_engine.connect() as connection:
        assert find_differences(connection, planted) == {name}


@pytest.mark.parametrize("name", sorted(find_enum_columns(Base.metadata)))
def test_the_comment_lists_the_words(migrator_engine, name):
    table, column = name.split(".")
    words = find_enum_columns(Base.metadata)[name].type.enums
    with migrator_engine.connect() as connection:
        comment = connection.scalar(
            text(
                "select col_description(attrelid, attnum) from pg_attribute"
                " where attrelid = cast(:table as regclass) and attname = :column"
            ),
            {"table": table, "column": column},
        )
    assert comment.endswith(": " + ", ".join(words))


def test_a_word_that_the_code_does_not_know_is_neither_read_nor_written(migrator_engine):
    """As one that a newer version stored."""
    kind = find_enum_columns(Base.metadata)["payments.state"].type
    with migrator_engine.connect() as connection:
        assert connection.scalar(select(type_coerce(text("'paid'"), kind))) is PaymentState.PAID
        with pytest.raises(LookupError, match=r"'refunding' is not among .*paymentstate.*paid"):
            connection.scalar(select(type_coerce(text("'refunding'"), kind)))
        with pytest.raises(StatementError, match="'refunding' is not among"):
            connection.scalar(select(literal("refunding", kind)))
