"""Super admins sign in: what belongs to an account may belong to no gym"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TABLES = ("sessions", "refresh_tokens", "second_factors", "recovery_codes")
BEFORE = "The gym the row belongs to"
AFTER = "The gym of the account; empty for a super admin"


def upgrade() -> None:
    for table in TABLES:
        op.alter_column(table, "gym_id", nullable=True, comment=AFTER, existing_comment=BEFORE)


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"delete from {table} where gym_id is null")
        op.alter_column(table, "gym_id", nullable=False, comment=BEFORE, existing_comment=AFTER)
