"""Records of one person are merged, and lead on"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "customers",
        sa.Column("merged_into", sa.BigInteger(), comment="The record that this one leads to"),
    )
    op.create_foreign_key(
        op.f("fk_customers_gym_id_merged_into_customers"),
        "customers",
        "customers",
        ["gym_id", "merged_into"],
        ["gym_id", "customer_id"],
    )
    op.create_check_constraint(
        op.f("ck_customers_merged_leads_on"),
        "customers",
        "(standing = 'merged') = (merged_into IS NOT NULL)",
    )
    op.create_index(
        "ix_customers_gym_id_merged_into",
        "customers",
        ["gym_id", "merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_table(
        "member_merges",
        sa.Column("merge_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "customer_id", sa.BigInteger(), nullable=False, comment="The record that leads on"
        ),
        sa.Column("into_id", sa.BigInteger(), nullable=False, comment="The record it leads to"),
        sa.Column(
            "standing",
            sa.String(),
            nullable=False,
            comment="What the first one was before: member, staff, guest, archived, erased, merged",
        ),
        sa.Column(
            "moved",
            postgresql.JSONB(),
            nullable=False,
            comment="Keys of the rows that were given to the second, by table and column",
        ),
        sa.Column("merged_by", sa.BigInteger(), nullable=False, comment="The user who decided it"),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False, comment="When"),
        sa.Column("undone_at", sa.DateTime(timezone=True), comment="When it was undone, if it was"),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.CheckConstraint(
            "standing IN ('member','staff','guest','archived','erased','merged')",
            name=op.f("ck_member_merges_standing_known"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_member_merges_gym_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "into_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_member_merges_gym_id_into_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "merged_by"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_member_merges_gym_id_merged_by_users"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_member_merges_gym_id_gyms")
        ),
        sa.PrimaryKeyConstraint("merge_id", name=op.f("pk_member_merges")),
        sa.UniqueConstraint("gym_id", "merge_id", name=op.f("uq_member_merges_gym_id_merge_id")),
        comment="Records of members that were merged into others, and how to undo it",
    )
    op.create_index(
        "ix_member_merges_gym_id_customer_id", "member_merges", ["gym_id", "customer_id"]
    )
    op.create_index("ix_member_merges_gym_id_into_id", "member_merges", ["gym_id", "into_id"])


def downgrade() -> None:
    op.drop_table("member_merges")
    op.drop_constraint(op.f("ck_customers_merged_leads_on"), "customers")
    op.drop_column("customers", "merged_into")
    op.execute("update customers set standing = 'archived' where standing = 'merged'")
