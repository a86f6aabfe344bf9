"""A gym can be suspended: it is read and exported, and nothing in it is changed"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "gyms",
        sa.Column(
            "suspended_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Since when it is only read and exported; empty for a gym that is not suspended",
        ),
    )
    op.add_column(
        "gyms",
        sa.Column(
            "suspended_reason", sa.String(), nullable=True, comment="Why, as its people are told"
        ),
    )
    op.create_check_constraint(
        op.f("ck_gyms_suspended_for_a_reason"),
        "gyms",
        "(suspended_at IS NULL) = (suspended_reason IS NULL)",
    )


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    # Its result is made of the tables' rows: they could not go while it is there.
    op.execute("drop function if exists begin_request")
    op.drop_column("gyms", "suspended_reason")
    op.drop_column("gyms", "suspended_at")
