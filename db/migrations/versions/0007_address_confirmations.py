"""A gym's own addresses are confirmed by a mailed link; those of the demo gyms need none"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "address_confirmations",
        sa.Column("confirmation_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(), nullable=False, comment="Where the link was mailed to"),
        sa.Column(
            "header_id",
            sa.String(),
            nullable=True,
            comment="Message-ID, the same on every repeat; empty where no mail was needed",
        ),
        sa.Column(
            "token_hash",
            sa.String(),
            nullable=True,
            comment="SHA-256 of the token in the link, hex",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When asked for",
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the link ends",
        ),
        sa.Column(
            "confirmed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the link was used",
        ),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_address_confirmations_gym_id_gyms")
        ),
        sa.PrimaryKeyConstraint("confirmation_id", name=op.f("pk_address_confirmations")),
        sa.UniqueConstraint(
            "gym_id",
            "confirmation_id",
            name=op.f("uq_address_confirmations_gym_id_confirmation_id"),
        ),
        sa.UniqueConstraint("header_id", name=op.f("uq_address_confirmations_header_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_address_confirmations_token_hash")),
        comment="Links that confirm a gym's own addresses",
    )
    op.create_index(
        "ix_address_confirmations_gym_id_address", "address_confirmations", ["gym_id", "address"]
    )
    op.execute(
        "insert into address_confirmations (gym_id, address, expires_at, confirmed_at)"
        " select gym_id, email, now(), now() from gyms where is_demo"
    )
    op.add_column(
        "outbox",
        sa.Column(
            "confirmation_id",
            sa.BigInteger(),
            nullable=True,
            comment="The link to mail to an address of the gym's own",
        ),
    )
    op.create_foreign_key(
        op.f("fk_outbox_gym_id_confirmation_id_address_confirmations"),
        "outbox",
        "address_confirmations",
        ["gym_id", "confirmation_id"],
        ["gym_id", "confirmation_id"],
    )
    op.create_index(
        "ix_outbox_gym_id_confirmation_id",
        "outbox",
        ["gym_id", "confirmation_id"],
        postgresql_where=sa.text("confirmation_id IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_outbox_one_content"), "outbox", type_="check")
    op.create_check_constraint(
        op.f("ck_outbox_one_content"),
        "outbox",
        "num_nonnulls(message_id, report_id, confirmation_id) = 1",
    )


def downgrade() -> None:
    op.execute("delete from outbox where confirmation_id is not null")
    op.drop_constraint(op.f("ck_outbox_one_content"), "outbox", type_="check")
    op.create_check_constraint(
        op.f("ck_outbox_one_content"), "outbox", "num_nonnulls(message_id, report_id) = 1"
    )
    op.drop_index("ix_outbox_gym_id_confirmation_id", table_name="outbox")
    op.drop_constraint(
        op.f("fk_outbox_gym_id_confirmation_id_address_confirmations"),
        "outbox",
        type_="foreignkey",
    )
    op.drop_column("outbox", "confirmation_id")
    op.execute("drop function if exists gym_of_confirmation_token(text)")
    op.drop_table("address_confirmations")
