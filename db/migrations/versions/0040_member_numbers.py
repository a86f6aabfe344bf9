"""Members have cards, barcodes and numbers of before"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

IS_KEY = (
    "(value IS NULL) = (value_key IS NULL) AND (octet_length(value) > length(value)"
    ' OR value_key = left(lower(value COLLATE "C"), 600))'
)


def upgrade() -> None:
    op.create_table(
        "member_numbers",
        sa.Column("number_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False, comment="Whose"),
        sa.Column(
            "kind",
            sa.String(),
            nullable=False,
            comment="What it stands on, or who gave it: member_number, card, barcode, vendor",
        ),
        sa.Column("value", sa.String(), nullable=False, comment="As it was typed or scanned"),
        sa.Column(
            "value_key",
            sa.Text(collation="C"),
            nullable=False,
            comment="The value as it is compared: no case, no accents",
        ),
        sa.Column("given_on", sa.Date(), nullable=False, comment="First day, gym's local day"),
        sa.Column(
            "ended_on",
            sa.Date(),
            comment="Day on which it ended, gym's local day; empty while it is valid",
        ),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.CheckConstraint(
            "kind IN ('member_number','card','barcode','vendor')",
            name=op.f("ck_member_numbers_kind_known"),
        ),
        sa.CheckConstraint("value <> ''", name=op.f("ck_member_numbers_value_not_empty")),
        sa.CheckConstraint(IS_KEY, name=op.f("ck_member_numbers_value_key_is_of_value")),
        sa.CheckConstraint(
            "ended_on >= given_on", name=op.f("ck_member_numbers_ends_after_it_was_given")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_member_numbers_gym_id_customer_id_customers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_member_numbers_gym_id_gyms")
        ),
        sa.PrimaryKeyConstraint("number_id", name=op.f("pk_member_numbers")),
        sa.UniqueConstraint("gym_id", "number_id", name=op.f("uq_member_numbers_gym_id_number_id")),
        comment="Cards, barcodes and other numbers of members, with those of before",
    )
    op.create_index(
        "uq_member_numbers_gym_id_value_key",
        "member_numbers",
        ["gym_id", "value_key"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_index(
        "ix_member_numbers_gym_id_customer_id",
        "member_numbers",
        ["gym_id", "customer_id", "number_id"],
    )


def downgrade() -> None:
    op.drop_table("member_numbers")
