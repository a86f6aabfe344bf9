"""Members are sorted and compared by a key of their name that no locale changes"""

import sqlalchemy as sa
from alembic import op

from db.migrations.frozen_keys import fold

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BATCH = 10_000
IS_KEY = (
    "(name IS NULL) = (name_key IS NULL) AND (octet_length(name) > length(name)"
    ' OR name_key = left(lower(name COLLATE "C"), 600))'
)


def upgrade() -> None:
    op.add_column(
        "customers",
        sa.Column(
            "name_key",
            sa.Text(collation="C"),
            nullable=True,
            comment="The name as it is compared and sorted: no case, no accents",
        ),
    )
    _write_keys(op.get_bind())
    op.alter_column("customers", "name_key", nullable=False)
    op.create_check_constraint("name_key_is_of_name", "customers", IS_KEY)
    op.create_index(
        "ix_customers_gym_id_name_key", "customers", ["gym_id", "name_key", "customer_id"]
    )
    op.drop_index("ix_customers_gym_id_lower_name", table_name="customers")


def downgrade() -> None:
    op.create_index(
        "ix_customers_gym_id_lower_name",
        "customers",
        ["gym_id", sa.literal_column("lower(name)"), "customer_id"],
    )
    op.drop_index("ix_customers_gym_id_name_key", table_name="customers")
    op.drop_constraint("name_key_is_of_name", "customers", type_="check")
    op.drop_column("customers", "name_key")


def _write_keys(connection: sa.Connection) -> None:
    read = sa.text(
        "select customer_id, name from customers where customer_id > :after"
        " order by customer_id limit :batch"
    )
    write = sa.text(
        "update customers c set name_key = k.key"
        " from unnest(cast(:ids as bigint[]), cast(:keys as text[])) as k (id, key)"
        " where c.customer_id = k.id"
    )
    after = 0
    while rows := connection.execute(read, {"after": after, "batch": BATCH}).all():
        ids = [row.customer_id for row in rows]
        connection.execute(write, {"ids": ids, "keys": [fold(row.name) for row in rows]})
        after = ids[-1]
