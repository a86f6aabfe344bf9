"""A gym has a language: that of its mails, reports and pages for members"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "gyms",
        sa.Column(
            "language",
            sa.String(),
            nullable=False,
            server_default="en",
            comment="Of its mails, reports and pages for members: en, pt-BR",
        ),
    )
    op.create_check_constraint("language_known", "gyms", "language IN ('en','pt-BR')")


def downgrade() -> None:
    op.drop_column("gyms", "language")
