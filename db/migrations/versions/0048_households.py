"""Members are grouped in households, of which one member pays"""

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "households",
        sa.Column("household_id", sa.BigInteger(), nullable=False),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column(
            "created_at",
            moment,
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was made",
        ),
        sa.Column(
            "updated_at",
            moment,
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row last changed",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_households_gym_id_gyms")
        ),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_households")),
        sa.UniqueConstraint(
            "gym_id", "household_id", name=op.f("uq_households_gym_id_household_id")
        ),
        comment="Families and others of whom one member pays for all",
    )
    op.create_table(
        "household_members",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column("household_id", sa.BigInteger(), nullable=False, comment="In which household"),
        sa.Column("customer_id", sa.BigInteger(), nullable=False, comment="Who is in it"),
        sa.Column(
            "is_payer",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether they pay for the others; one of each household",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "household_id"],
            ["households.gym_id", "households.household_id"],
            name=op.f("fk_household_members_gym_id_household_id_households"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_household_members_gym_id_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint(
            "gym_id", "household_id", "customer_id", name=op.f("pk_household_members")
        ),
        sa.UniqueConstraint(
            "gym_id", "customer_id", name=op.f("uq_household_members_gym_id_customer_id")
        ),
        comment="Who is in which household, and who of them pays",
    )
    op.create_index(
        "uq_household_members_gym_id_household_id_payer",
        "household_members",
        ["gym_id", "household_id"],
        unique=True,
        postgresql_where=sa.text("is_payer"),
    )


def downgrade() -> None:
    op.drop_table("household_members")
    op.drop_table("households")
