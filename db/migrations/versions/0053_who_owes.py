"""Who owes is found without reading all memberships"""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_memberships_gym_id_unpaid",
        "memberships",
        ["gym_id", "customer_id"],
        postgresql_where=sa.text("unpaid_since IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_memberships_gym_id_unpaid", "memberships")
