"""Plans are of a kind, and say what they include and how they may be frozen and left.

What was sold until now ran for its months and ended unless somebody renewed it: it is recurring,
and does not renew by itself.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

CHECKS = {
    "kind_known": "kind IN ('recurring','fixed_term','pack','trial','day_pass')",
    "visits_of_packs": "(kind = 'pack') = (visits IS NOT NULL)",
    "visits_positive": "visits > 0",
    "only_recurring_renews": "kind = 'recurring' OR NOT renews_automatically",
    "capacity_positive": "capacity > 0",
}
LENGTH = (
    "duration_months BETWEEN 0 AND 120 AND duration_days BETWEEN 0 AND 366"
    " AND (duration_months = 0) <> (duration_days = 0)"
)


def list_columns() -> tuple[sa.Column, ...]:
    """New ones each time: a column belongs to one table."""
    return (
        sa.Column(
            "kind",
            sa.String(),
            server_default="recurring",
            nullable=False,
            comment="How it runs and ends: recurring, fixed_term, pack, trial, day_pass",
        ),
        sa.Column(
            "duration_days",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Days that one price buys; 0 where the length is in months",
        ),
        sa.Column("visits", sa.BigInteger(), comment="Visits in a pack, to be used in its length"),
        sa.Column(
            "renews_automatically",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="Whether the next term begins without anybody's doing",
        ),
        sa.Column(
            "notice_days",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Days from giving notice to the earliest last day",
        ),
        sa.Column(
            "freeze_days_a_year",
            sa.BigInteger(),
            comment="Days that may be frozen in twelve months; empty: any number",
        ),
        sa.Column(
            "freezes_a_year",
            sa.BigInteger(),
            comment="Freezes that may begin in twelve months; empty: any number",
        ),
        sa.Column(
            "shortest_freeze_days",
            sa.BigInteger(),
            comment="Days that a freeze must have; empty: one",
        ),
        sa.Column(
            "features",
            ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="What it includes, each in a few words",
        ),
        sa.Column(
            "capacity",
            sa.BigInteger(),
            comment="Members who may be on it at a time; empty: any number",
        ),
    )


def upgrade() -> None:
    for column in list_columns():
        op.add_column("packages", column)
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_packages_{name}"), "packages", condition)
    _change_length(LENGTH, "Months that one price buys; 0 where the length is in days")


def downgrade() -> None:
    op.execute("update packages set duration_months = 1 where duration_months = 0")
    _change_length("duration_months BETWEEN 1 AND 120", "Months that one price buys")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_packages_{name}"), "packages")
    for column in list_columns():
        op.drop_column("packages", column.name)


def _change_length(condition: str, comment: str) -> None:
    name = op.f("ck_packages_duration_sensible")
    op.drop_constraint(name, "packages")
    op.create_check_constraint(name, "packages", condition)
    op.alter_column(
        "packages",
        "duration_months",
        existing_type=sa.BigInteger(),
        existing_nullable=False,
        comment=comment,
    )
