"""Comments call a churn model active and a kept result a response"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COLUMNS = (
    ("churn_models", "is_current", "It speaks now", "It is the active version"),
    ("churn_models", "promoted_at", "When it last began to speak", "When it last became active"),
    ("member_words", "customer_id", "Whom it finds", "The member it finds"),
)
TABLE = "idempotency_keys"
TABLE_COMMENTS = (
    "Answers to requests that carried an Idempotency-Key",
    "Responses to requests that carried an Idempotency-Key",
)


def upgrade() -> None:
    for table, column, _, comment in COLUMNS:
        op.alter_column(table, column, comment=comment)
    op.create_table_comment(TABLE, TABLE_COMMENTS[1])


def downgrade() -> None:
    for table, column, comment, _ in COLUMNS:
        op.alter_column(table, column, comment=comment)
    op.create_table_comment(TABLE, TABLE_COMMENTS[0])
