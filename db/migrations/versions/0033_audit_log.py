"""Who changed what, when and from where is kept for every write"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("audit_id", sa.BigInteger(), nullable=False),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When",
        ),
        sa.Column(
            "action",
            sa.String(),
            nullable=False,
            comment="What was done: created, changed, deleted, signed_in, read, exported",
        ),
        sa.Column("row_table", sa.String(), nullable=False, comment="The table of the row"),
        sa.Column(
            "row_key",
            sa.String(),
            nullable=False,
            comment="Its primary key without the gym, with dashes",
        ),
        sa.Column(
            "customer_id",
            sa.BigInteger(),
            nullable=True,
            comment="The member whom the row is about, if it is about one",
        ),
        sa.Column(
            "changes",
            postgresql.JSONB(),
            nullable=False,
            comment="Columns with [old, new]; null where only that it changed is kept",
        ),
        sa.Column(
            "user_id",
            sa.BigInteger(),
            nullable=True,
            comment="Who did it, or asked for the job",
        ),
        sa.Column(
            "actor",
            sa.String(),
            nullable=True,
            comment="The user's name at that time, or the job's; empty where nobody was signed in",
        ),
        sa.Column("request_id", sa.String(), nullable=True, comment="As in the logs of the API"),
        sa.Column(
            "address", sa.String(), nullable=True, comment="The network address it came from"
        ),
        sa.CheckConstraint(
            "action IN ('created','changed','deleted','signed_in','read','exported')",
            name=op.f("ck_audit_log_action_known"),
        ),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"], name=op.f("fk_audit_log_gym_id_gyms")),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit_log")),
        comment="Who changed what, when and from where; nobody but the database writes it",
    )
    op.create_index("ix_audit_log_gym_id_audit_id", "audit_log", ["gym_id", "audit_id"])
    op.create_index(
        "ix_audit_log_gym_id_row_table_row_key", "audit_log", ["gym_id", "row_table", "row_key"]
    )
    op.create_index(
        "ix_audit_log_gym_id_customer_id",
        "audit_log",
        ["gym_id", "customer_id", "audit_id"],
        postgresql_where=sa.text("customer_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.execute("drop function if exists keep_audit cascade")
    op.execute("drop function if exists note_audit")
    op.drop_table("audit_log")
