"""Why a row, a job or a notification failed is kept for readers of any language"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_COLUMNS = {
    "job_runs": "Why it failed",
    "job_problems": "The problem",
    "imports": "The problem",
    "import_problems": "The problem",
    "notifications": "Why it failed",
}


def upgrade() -> None:
    for table, what in _COLUMNS.items():
        comment = f"{what}, for a reader of any language"
        op.add_column(table, sa.Column("said", postgresql.JSONB(), nullable=True, comment=comment))


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    for table in _COLUMNS:
        op.drop_column(table, "said")
