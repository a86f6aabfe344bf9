"""A membership may be unpaid since a day, and the door asks"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_EVENTS = (
    "assigned", "frozen", "unfrozen", "renewed", "cancelled", "withdrawn", "plan_changed",
    "price_moved", "price_kept",
)  # fmt: skip
GRACE = "ck_gyms_debt_grace_days_in_bounds"


def upgrade() -> None:
    op.add_column(
        "memberships",
        sa.Column(
            "unpaid_since",
            sa.Date(),
            comment="First day that is not paid for, as the gym says; empty while nothing is owed",
        ),
    )
    op.add_column(
        "gyms",
        sa.Column(
            "debt_grace_days",
            sa.BigInteger(),
            server_default="7",
            nullable=False,
            comment="Days for which who has not paid may still enter, from the first unpaid one",
        ),
    )
    op.create_check_constraint(op.f(GRACE), "gyms", "debt_grace_days BETWEEN 0 AND 365")
    _let_events_be((*_EVENTS, "unpaid", "paid"))


def downgrade() -> None:
    op.execute("delete from membership_events where kind in ('unpaid', 'paid')")
    _let_events_be(_EVENTS)
    op.drop_constraint(op.f(GRACE), "gyms")
    op.drop_column("gyms", "debt_grace_days")
    op.drop_column("memberships", "unpaid_since")


def _let_events_be(kinds: tuple[str, ...]) -> None:
    name = op.f("ck_membership_events_kind_known")
    op.drop_constraint(name, "membership_events")
    listed = ",".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(name, "membership_events", f"kind IN ({listed})")
    op.alter_column("membership_events", "kind", comment=f"What was done: {', '.join(kinds)}")
