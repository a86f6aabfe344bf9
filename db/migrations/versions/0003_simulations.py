"""How demo gyms were simulated, and indexes for the keys that point at payments and memberships"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "simulations",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column("seed", sa.BigInteger(), nullable=False, comment="Seed of the simulation"),
        sa.Column(
            "version",
            sa.BigInteger(),
            nullable=False,
            comment="Version of the rules that made the lives",
        ),
        sa.Column("profile", sa.String(), nullable=False, comment="Which demo gym it is"),
        sa.Column("members", sa.BigInteger(), nullable=False, comment="Active members aimed at"),
        sa.Column(
            "starts_on", sa.Date(), nullable=False, comment="First simulated day, gym's local day"
        ),
        sa.Column(
            "seeded_until",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Everything up to here is written",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_simulations_gym_id_gyms")
        ),
        sa.PrimaryKeyConstraint("gym_id", name=op.f("pk_simulations")),
        comment="Demo gyms' simulations; none of a real gym",
    )
    op.create_index("ix_payments_gym_id_membership_id", "payments", ["gym_id", "membership_id"])
    op.create_index(
        "ix_membership_freezes_gym_id_membership_id",
        "membership_freezes",
        ["gym_id", "membership_id"],
    )
    op.create_index(
        "ix_transactions_gym_id_payment_id",
        "transactions",
        ["gym_id", "payment_id"],
        postgresql_where=sa.text("payment_id IS NOT NULL"),
    )
    op.create_index(
        "ix_transactions_gym_id_reverses_id",
        "transactions",
        ["gym_id", "reverses_id"],
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_transactions_gym_id_reverses_id", table_name="transactions")
    op.drop_index("ix_transactions_gym_id_payment_id", table_name="transactions")
    op.drop_index("ix_membership_freezes_gym_id_membership_id", table_name="membership_freezes")
    op.drop_index("ix_payments_gym_id_membership_id", table_name="payments")
    op.drop_table("simulations")
