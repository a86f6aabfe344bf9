"""Records that look alike are two people, once somebody says so"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "distinct_members",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column("customer_id", sa.BigInteger(), nullable=False, comment="One of the two"),
        sa.Column("other_id", sa.BigInteger(), nullable=False, comment="The other one"),
        sa.Column("decided_by", sa.BigInteger(), nullable=False, comment="The user who decided it"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False, comment="When"),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_distinct_members_gym_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "other_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_distinct_members_gym_id_other_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "decided_by"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_distinct_members_gym_id_decided_by_users"),
        ),
        sa.PrimaryKeyConstraint(
            "gym_id", "customer_id", "other_id", name=op.f("pk_distinct_members")
        ),
        comment="Pairs of records that are no duplicates, although they look like some",
    )
    op.create_index(
        "ix_distinct_members_gym_id_other_id", "distinct_members", ["gym_id", "other_id"]
    )


def downgrade() -> None:
    op.drop_table("distinct_members")
