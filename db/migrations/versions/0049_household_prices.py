"""A plan may cost less for the second of a household"""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

NAME = "ck_price_rules_says_for_whom"
KNOWN = "num_nonnulls(joins_from, joins_until, min_age, max_age) > 0"


def upgrade() -> None:
    op.add_column(
        "price_rules",
        sa.Column(
            "further_only",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Only for whom somebody else of their household has a paid membership on that"
            " day",
        ),
    )
    op.drop_constraint(op.f(NAME), "price_rules")
    op.create_check_constraint(op.f(NAME), "price_rules", f"further_only OR {KNOWN}")


def downgrade() -> None:
    op.drop_constraint(op.f(NAME), "price_rules")
    # Without the condition such a rule would be for everybody.
    op.execute("delete from price_rules where further_only")
    op.drop_column("price_rules", "further_only")
    op.create_check_constraint(op.f(NAME), "price_rules", KNOWN)
