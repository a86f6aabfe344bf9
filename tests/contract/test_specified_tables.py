"""The seven tables of the specification are real tables, with all of its columns and its names."""

import pytest
from sqlalchemy import Engine, inspect, text

# Column by column as the specification lists them: name and kind of type.
SPECIFIED = {
    "gyms": {
        "gym_id": "int",
        "name": "text",
        "username": "text",
        "email": "text",
        "hashed_password": "text",
        "address": "text",
        "phone": "text",
    },
    "customers": {
        "customer_id": "int",
        "gym_id": "int",
        "name": "text",
        "email": "text",
        "phone": "text",
        "birth_date": "date",
        "gender": "text",
        "join_date": "date",
        "status": "text",
        "package_id": "int",
        "trainer_id": "int",
    },
    "packages": {
        "package_id": "int",
        "gym_id": "int",
        "name": "text",
        "duration_months": "int",
        "price": "decimal",
        "description": "text",
    },
    "attendance": {
        "attendance_id": "int",
        "customer_id": "int",
        "check_in": "datetime",
        "check_out": "datetime",
    },
    "transactions": {
        "transaction_id": "int",
        "customer_id": "int",
        "amount": "int",
        "date": "date",
    },
    "rfm": {
        "rfm_id": "int",
        "customer_id": "int",
        "recency_score": "int",
        "frequency_score": "int",
        "monetary_score": "decimal",
        "customer_segment": "text",
    },
    "clv": {
        "clv_id": "int",
        "customer_id": "int",
        "clv_value": "decimal",
        "average_order_value": "decimal",
        "predicted_customer_type": "text",
    },
}
KEYS = {
    "gyms": "gym_id",
    "customers": "customer_id",
    "packages": "package_id",
    "attendance": "attendance_id",
    "transactions": "transaction_id",
    "rfm": "rfm_id",
    "clv": "clv_id",
}
REFERENCES = {
    ("customers", "gym_id", "gyms"),
    ("customers", "package_id", "packages"),
    ("packages", "gym_id", "gyms"),
    ("attendance", "customer_id", "customers"),
    ("transactions", "customer_id", "customers"),
    ("rfm", "customer_id", "customers"),
    ("clv", "customer_id", "customers"),
}
KINDS = {
    "bigint": "int",
    "integer": "int",
    "text": "text",
    "character varying": "text",
    "date": "date",
    "numeric": "decimal",
    "timestamp with time zone": "datetime",
}


@pytest.mark.parametrize("table", SPECIFIED)
def test_every_specified_column_is_there_with_its_type(migrator_engine: Engine, table: str) -> None:
    with migrator_engine.connect() as connection:
        rows = connection.execute(
            text(
                "select column_name, data_type from information_schema.columns"
                " where table_schema = 'public' and table_name = :table"
            ),
            {"table": table},
        )
        found = {name: KINDS.get(kind, kind) for name, kind in rows}
    assert found.items() >= SPECIFIED[table].items()


@pytest.mark.parametrize("table", KEYS)
def test_every_specified_table_has_its_primary_key(migrator_engine: Engine, table: str) -> None:
    found = inspect(migrator_engine).get_pk_constraint(table)["constrained_columns"]
    assert found == [KEYS[table]]


def test_every_specified_reference_is_a_foreign_key(migrator_engine: Engine) -> None:
    inspector = inspect(migrator_engine)
    found = {
        (table, column, key["referred_table"])
        for table in SPECIFIED
        for key in inspector.get_foreign_keys(table)
        for column in key["constrained_columns"]
    }
    assert found >= REFERENCES
