"""Memberships may cost something else from a later term on"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_EVENTS = ("assigned", "frozen", "unfrozen", "renewed", "cancelled", "withdrawn", "plan_changed")


def upgrade() -> None:
    op.create_table(
        "agreed_prices",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column("membership_id", sa.BigInteger(), nullable=False, comment="Of which membership"),
        sa.Column(
            "term", sa.BigInteger(), nullable=False, comment="First term that costs it, from 1"
        ),
        sa.Column("reason", sa.String(), nullable=False, comment="Why it changes: moved"),
        sa.Column(
            "price",
            sa.BigInteger(),
            nullable=False,
            comment="What each term costs, minor units of the gym's currency",
        ),
        sa.Column(
            "yearly_price",
            sa.BigInteger(),
            nullable=False,
            comment="What twelve months cost then, minor units of the gym's currency",
        ),
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
        sa.CheckConstraint("term >= 1", name=op.f("ck_agreed_prices_term_counts_from_one")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_agreed_prices_price_not_negative")),
        sa.CheckConstraint(
            "yearly_price >= 0", name=op.f("ck_agreed_prices_yearly_price_not_negative")
        ),
        sa.CheckConstraint("reason IN ('moved')", name=op.f("ck_agreed_prices_reason_known")),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"]),
        sa.ForeignKeyConstraint(
            ["gym_id", "membership_id"],
            ["memberships.gym_id", "memberships.membership_id"],
            name=op.f("fk_agreed_prices_gym_id_membership_id_memberships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "gym_id", "membership_id", "term", "reason", name=op.f("pk_agreed_prices")
        ),
        comment="Prices that memberships have from one of their terms on",
    )
    _let_events_be((*_EVENTS, "price_moved", "price_kept"))


def downgrade() -> None:
    op.execute("delete from membership_events where kind in ('price_moved', 'price_kept')")
    _let_events_be(_EVENTS)
    op.drop_table("agreed_prices")


def _let_events_be(kinds: tuple[str, ...]) -> None:
    name = op.f("ck_membership_events_kind_known")
    op.drop_constraint(name, "membership_events")
    listed = ",".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(name, "membership_events", f"kind IN ({listed})")
    op.alter_column("membership_events", "kind", comment=f"What was done: {', '.join(kinds)}")
