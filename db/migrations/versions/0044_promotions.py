"""Promotions: codes with which new memberships cost less for a while"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promotions",
        _column("promotion_id", sa.BigInteger()),
        _column("code", sa.String(), "What is typed at the desk"),
        _column(
            "code_key",
            sa.Text(collation="C"),
            "The code as it is compared, without case and accents",
        ),
        _column("name", sa.String(), "What the gym calls it"),
        _column("percent_off", sa.BigInteger(), "Percent of the price that it takes", null=True),
        _column(
            "amount_off",
            sa.BigInteger(),
            "What it takes off a term instead, minor units of the gym's currency",
            null=True,
        ),
        _column("terms", sa.BigInteger(), "For how many first terms", default="1"),
        _column("valid_from", sa.Date(), "First local day; empty: any", null=True),
        _column("valid_until", sa.Date(), "Last local day; empty: any", null=True),
        _column("max_uses", sa.BigInteger(), "By how many members; empty: any number", null=True),
        _column(
            "new_members_only", sa.Boolean(), "Only for who never had a membership", default="false"
        ),
        _column(
            "is_active",
            sa.Boolean(),
            "False: kept for the record, and taken no more",
            default="true",
        ),
        _gym(),
        _column("created_at", sa.DateTime(timezone=True), "When the row was made", default="now()"),
        _column(
            "updated_at", sa.DateTime(timezone=True), "When the row last changed", default="now()"
        ),
        sa.CheckConstraint(
            "(code IS NULL) = (code_key IS NULL) AND (octet_length(code) > length(code) OR"
            ' code_key = left(lower(code COLLATE "C"), 600))',
            name=op.f("ck_promotions_code_key_is_of_code"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(percent_off, amount_off) = 1",
            name=op.f("ck_promotions_takes_off_one_of_the_two"),
        ),
        sa.CheckConstraint(
            "percent_off BETWEEN 1 AND 100", name=op.f("ck_promotions_percent_sensible")
        ),
        sa.CheckConstraint("amount_off >= 1", name=op.f("ck_promotions_amount_positive")),
        sa.CheckConstraint("terms BETWEEN 1 AND 120", name=op.f("ck_promotions_terms_sensible")),
        sa.CheckConstraint("max_uses >= 1", name=op.f("ck_promotions_max_uses_positive")),
        sa.CheckConstraint(
            "valid_until >= valid_from", name=op.f("ck_promotions_valid_until_after_from")
        ),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"]),
        sa.PrimaryKeyConstraint("promotion_id", name=op.f("pk_promotions")),
        sa.UniqueConstraint(
            "gym_id", "promotion_id", name=op.f("uq_promotions_gym_id_promotion_id")
        ),
        sa.UniqueConstraint("gym_id", "code_key", name=op.f("uq_promotions_gym_id_code_key")),
        comment="Codes with which new memberships cost less",
    )
    op.create_table(
        "promotion_plans",
        _gym(),
        _column("promotion_id", sa.BigInteger(), "Which promotion"),
        _column("package_id", sa.BigInteger(), "For which plan"),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"]),
        sa.ForeignKeyConstraint(
            ["gym_id", "promotion_id"],
            ["promotions.gym_id", "promotions.promotion_id"],
            name=op.f("fk_promotion_plans_gym_id_promotion_id_promotions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "package_id"],
            ["packages.gym_id", "packages.package_id"],
            name=op.f("fk_promotion_plans_gym_id_package_id_packages"),
        ),
        sa.PrimaryKeyConstraint(
            "gym_id", "promotion_id", "package_id", name=op.f("pk_promotion_plans")
        ),
        comment="The plans that promotions are for",
    )
    op.create_table(
        "promotion_uses",
        _gym(),
        _column("promotion_id", sa.BigInteger(), "Which promotion"),
        _column("customer_id", sa.BigInteger(), "Who joined"),
        _column("membership_id", sa.BigInteger(), "With which membership"),
        _column("used_on", sa.Date(), "Local day on which it was sold"),
        _column(
            "taken_off", sa.BigInteger(), "Of the first term, minor units of the gym's currency"
        ),
        sa.CheckConstraint("taken_off >= 0", name=op.f("ck_promotion_uses_taken_off_not_negative")),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"]),
        sa.ForeignKeyConstraint(
            ["gym_id", "promotion_id"],
            ["promotions.gym_id", "promotions.promotion_id"],
            name=op.f("fk_promotion_uses_gym_id_promotion_id_promotions"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_promotion_uses_gym_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "membership_id"],
            ["memberships.gym_id", "memberships.membership_id"],
            name=op.f("fk_promotion_uses_gym_id_membership_id_memberships"),
        ),
        sa.PrimaryKeyConstraint(
            "gym_id", "promotion_id", "customer_id", name=op.f("pk_promotion_uses")
        ),
        comment="Who joined with which code, and what it took off",
    )
    for column in ("membership_id", "customer_id"):
        op.create_index(f"ix_promotion_uses_gym_id_{column}", "promotion_uses", ["gym_id", column])
    _let_reasons_be(("moved", "promotion_over"))


def downgrade() -> None:
    op.execute("delete from agreed_prices where reason = 'promotion_over'")
    _let_reasons_be(("moved",))
    for table in ("promotion_uses", "promotion_plans", "promotions"):
        op.drop_table(table)


def _let_reasons_be(reasons: tuple[str, ...]) -> None:
    name = op.f("ck_agreed_prices_reason_known")
    op.drop_constraint(name, "agreed_prices")
    listed = ",".join(f"'{reason}'" for reason in reasons)
    op.create_check_constraint(name, "agreed_prices", f"reason IN ({listed})")
    op.alter_column("agreed_prices", "reason", comment=f"Why it changes: {', '.join(reasons)}")


def _gym() -> sa.Column[Any]:
    return _column("gym_id", sa.BigInteger(), "The gym the row belongs to")


def _column(
    name: str,
    kind: Any,
    comment: str | None = None,
    *,
    null: bool = False,
    default: str | None = None,
) -> sa.Column[Any]:
    server_default = None if default is None else sa.text(default)
    return sa.Column(name, kind, nullable=null, comment=comment, server_default=server_default)
