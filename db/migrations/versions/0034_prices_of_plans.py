"""A plan's price may change on a day"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "plan_prices",
        sa.Column("price_id", sa.BigInteger(), nullable=False),
        sa.Column("package_id", sa.BigInteger(), nullable=False, comment="Of which plan"),
        sa.Column(
            "starts_on", sa.Date(), nullable=False, comment="First local day on which it holds"
        ),
        sa.Column(
            "price",
            sa.Numeric(15, 3),
            nullable=False,
            comment="Price of the whole duration, major units of the gym's currency",
        ),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was made",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row last changed",
        ),
        sa.CheckConstraint("price >= 0", name=op.f("ck_plan_prices_price_not_negative")),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"]),
        sa.ForeignKeyConstraint(
            ["gym_id", "package_id"],
            ["packages.gym_id", "packages.package_id"],
            name=op.f("fk_plan_prices_gym_id_package_id_packages"),
        ),
        sa.PrimaryKeyConstraint("price_id", name=op.f("pk_plan_prices")),
        sa.UniqueConstraint("gym_id", "price_id", name=op.f("uq_plan_prices_gym_id_price_id")),
        sa.UniqueConstraint(
            "gym_id",
            "package_id",
            "starts_on",
            name=op.f("uq_plan_prices_gym_id_package_id_starts_on"),
        ),
        comment="Prices of plans by their first day: what was, is, and will be",
    )


def downgrade() -> None:
    op.drop_table("plan_prices")
