"""Members' addresses are compared by a key that does not depend on the server's locale"""

import sqlalchemy as sa
from alembic import op

from db.migrations.frozen_keys import fold

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BATCH = 10_000
IS_KEY = (
    "(email IS NULL) = (email_key IS NULL) AND (octet_length(email) > length(email)"
    ' OR email_key = left(lower(email COLLATE "C"), 600))'
)


def upgrade() -> None:
    op.add_column(
        "customers",
        sa.Column(
            "email_key",
            sa.Text(collation="C"),
            nullable=True,
            comment="The address as it is compared, without case and accents",
        ),
    )
    _write_keys(op.get_bind())
    op.create_check_constraint("email_key_is_of_email", "customers", IS_KEY)
    op.create_index("ix_customers_gym_id_email_key", "customers", ["gym_id", "email_key"])
    op.drop_index("ix_customers_gym_id_lower_email", table_name="customers")


def downgrade() -> None:
    op.create_index(
        "ix_customers_gym_id_lower_email",
        "customers",
        ["gym_id", sa.literal_column("lower(email)")],
    )
    op.drop_index("ix_customers_gym_id_email_key", table_name="customers")
    op.drop_constraint("email_key_is_of_email", "customers", type_="check")
    op.drop_column("customers", "email_key")


def _write_keys(connection: sa.Connection) -> None:
    read = sa.text(
        "select customer_id, email from customers where email is not null and customer_id > :after"
        " order by customer_id limit :batch"
    )
    write = sa.text(
        "update customers c set email_key = k.key"
        " from unnest(cast(:ids as bigint[]), cast(:keys as text[])) as k (id, key)"
        " where c.customer_id = k.id"
    )
    after = 0
    while rows := connection.execute(read, {"after": after, "batch": BATCH}).all():
        ids = [row.customer_id for row in rows]
        connection.execute(write, {"ids": ids, "keys": [fold(row.email) for row in rows]})
        after = ids[-1]
