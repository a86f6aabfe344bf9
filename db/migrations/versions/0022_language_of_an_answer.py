"""In which language an answer to be repeated was given"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "idempotency_keys",
        sa.Column("language", sa.String(), nullable=True, comment="Of the response's texts"),
    )


def downgrade() -> None:
    op.drop_column("idempotency_keys", "language")
