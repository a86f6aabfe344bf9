"""Consent and the weekly limit hold for an address: mails and who unsubscribed have its key"""

import sqlalchemy as sa
from alembic import op

from db.migrations.frozen_keys import fold

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BATCH = 10_000


def upgrade() -> None:
    op.create_table(
        "unsubscribed_addresses",
        sa.Column("unsubscribed_address_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "email_key",
            sa.Text(collation="C"),
            nullable=False,
            comment="The address as it is compared, see customers.email_key",
        ),
        sa.Column(
            "unsubscribed_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the link was used",
        ),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_unsubscribed_addresses_gym_id_gyms")
        ),
        sa.PrimaryKeyConstraint("unsubscribed_address_id", name=op.f("pk_unsubscribed_addresses")),
        sa.UniqueConstraint(
            "gym_id", "email_key", name=op.f("uq_unsubscribed_addresses_gym_id_email_key")
        ),
        comment="Addresses that unsubscribed, for every record of a member that has them",
    )
    op.execute(
        "insert into unsubscribed_addresses (gym_id, email_key, unsubscribed_at)"
        " select gym_id, email_key, coalesce(min(email_consent_at), now()) from customers"
        " where email_consent = 'unsubscribed' and email_key is not null"
        " group by gym_id, email_key"
    )
    op.add_column(
        "messages",
        sa.Column(
            "email_key",
            sa.Text(collation="C"),
            nullable=True,
            comment="The address as it is compared, see customers.email_key",
        ),
    )
    _write_keys(op.get_bind())
    op.alter_column("messages", "email_key", nullable=False)
    op.create_index("ix_messages_gym_id_email_key", "messages", ["gym_id", "email_key"])
    op.create_index("ix_messages_gym_id_created_at", "messages", ["gym_id", "created_at"])
    op.create_index("ix_messages_gym_id_sent_at", "messages", ["gym_id", "sent_at"])
    op.create_index(
        "ix_messages_queued", "messages", ["gym_id"], postgresql_where=sa.text("state = 'queued'")
    )


def downgrade() -> None:
    op.drop_index("ix_messages_queued", table_name="messages")
    op.drop_index("ix_messages_gym_id_sent_at", table_name="messages")
    op.drop_index("ix_messages_gym_id_created_at", table_name="messages")
    op.drop_index("ix_messages_gym_id_email_key", table_name="messages")
    op.drop_column("messages", "email_key")
    op.drop_table("unsubscribed_addresses")


def _write_keys(connection: sa.Connection) -> None:
    read = sa.text(
        "select message_id, address from messages where message_id > :after"
        " order by message_id limit :batch"
    )
    write = sa.text(
        "update messages m set email_key = k.key"
        " from unnest(cast(:ids as bigint[]), cast(:keys as text[])) as k (id, key)"
        " where m.message_id = k.id"
    )
    after = 0
    while rows := connection.execute(read, {"after": after, "batch": BATCH}).all():
        ids = [row.message_id for row in rows]
        connection.execute(write, {"ids": ids, "keys": [fold(row.address) for row in rows]})
        after = ids[-1]
