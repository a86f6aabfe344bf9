"""Rules by which some pay less for a plan"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "price_rules",
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("package_id", sa.BigInteger(), nullable=False, comment="Of which plan"),
        sa.Column(
            "name", sa.String(), nullable=False, comment="What the gym calls it, such as Students"
        ),
        sa.Column("percent_off", sa.BigInteger(), comment="Percent of the price that it takes"),
        sa.Column(
            "price",
            sa.BigInteger(),
            comment="What a term costs instead, minor units of the gym's currency",
        ),
        sa.Column("joins_from", sa.Date(), comment="The membership begins on this day or later"),
        sa.Column("joins_until", sa.Date(), comment="It begins on this day or earlier"),
        sa.Column("min_age", sa.BigInteger(), comment="Least age in years on the first day"),
        sa.Column("max_age", sa.BigInteger(), comment="Highest age in years on the first day"),
        sa.Column(
            "combines",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether a promotion lowers its price further",
        ),
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
        sa.CheckConstraint(
            "num_nonnulls(percent_off, price) = 1",
            name=op.f("ck_price_rules_lowers_by_one_of_the_two"),
        ),
        sa.CheckConstraint(
            "percent_off BETWEEN 1 AND 100", name=op.f("ck_price_rules_percent_sensible")
        ),
        sa.CheckConstraint("price >= 0", name=op.f("ck_price_rules_price_not_negative")),
        sa.CheckConstraint(
            "joins_until >= joins_from", name=op.f("ck_price_rules_joins_until_after_from")
        ),
        sa.CheckConstraint(
            "min_age BETWEEN 0 AND 150 AND max_age BETWEEN 0 AND 150",
            name=op.f("ck_price_rules_ages_sensible"),
        ),
        sa.CheckConstraint("max_age >= min_age", name=op.f("ck_price_rules_max_age_after_min")),
        sa.CheckConstraint(
            "num_nonnulls(joins_from, joins_until, min_age, max_age) > 0",
            name=op.f("ck_price_rules_says_for_whom"),
        ),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"]),
        sa.ForeignKeyConstraint(
            ["gym_id", "package_id"],
            ["packages.gym_id", "packages.package_id"],
            name=op.f("fk_price_rules_gym_id_package_id_packages"),
        ),
        sa.PrimaryKeyConstraint("rule_id", name=op.f("pk_price_rules")),
        sa.UniqueConstraint("gym_id", "rule_id", name=op.f("uq_price_rules_gym_id_rule_id")),
        comment="For whom a plan costs less than its price",
    )
    op.create_index("ix_price_rules_gym_id_package_id", "price_rules", ["gym_id", "package_id"])


def downgrade() -> None:
    op.drop_table("price_rules")
