"""A gym says how often its members are mailed, and how many mails go out in a day"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "gyms",
        sa.Column(
            "mail_pause_days",
            sa.BigInteger(),
            server_default="7",
            nullable=False,
            comment="Days between two campaign mails to one member and to one address",
        ),
    )
    op.add_column(
        "gyms",
        sa.Column(
            "mail_daily_limit",
            sa.BigInteger(),
            nullable=True,
            comment="Campaign mails in 24 hours at most; empty: as many as the platform allows",
        ),
    )
    op.create_check_constraint(
        op.f("ck_gyms_mail_pause_days_in_bounds"), "gyms", "mail_pause_days BETWEEN 1 AND 90"
    )
    op.create_check_constraint(
        op.f("ck_gyms_mail_daily_limit_positive"), "gyms", "mail_daily_limit > 0"
    )


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    # Its result is made of the tables' rows: they could not go while it is there.
    op.execute("drop function if exists begin_request")
    op.drop_column("gyms", "mail_daily_limit")
    op.drop_column("gyms", "mail_pause_days")
