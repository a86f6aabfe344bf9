"""Cached responses are kept under a version of each topic that they read"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

TOPICS = {
    "members": "Grows with each change of members and of their figures",
    "visits": "Grows with each visit that comes, changes or goes",
    "money": "Grows with each change of payments and the ledger",
    "scores": "Grows with each run that computes segments, values or risks",
    "outreach": "Grows with each change of campaigns, their mails and refusals",
    "setup": "Grows with each change of the gym, its plans and trainers",
}


def upgrade() -> None:
    op.create_table(
        "cache_versions",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        *(
            sa.Column(topic, sa.BigInteger(), server_default="0", nullable=False, comment=comment)
            for topic, comment in TOPICS.items()
        ),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"]),
        sa.PrimaryKeyConstraint("gym_id"),
        comment="Versions of a gym's rows by topic; key cached responses",
    )
    op.drop_column("gyms", "generation")


def downgrade() -> None:
    op.add_column(
        "gyms",
        sa.Column(
            "generation",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="Grows with every change of the gym's rows; keys cached answers",
        ),
    )
    op.drop_table("cache_versions")
