"""A gym has a colour, of its mails, papers and charts"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "gyms",
        sa.Column(
            "brand_colour",
            sa.String(),
            nullable=True,
            comment="Of its mails, papers and charts, as #rrggbb; empty: the platform's",
        ),
    )
    op.create_check_constraint(
        op.f("ck_gyms_brand_colour_code"), "gyms", "brand_colour ~ '^#[0-9a-f]{6}$'"
    )


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    # Its result is made of the tables' rows: they could not go while it is there.
    op.execute("drop function if exists begin_request")
    op.drop_column("gyms", "brand_colour")
