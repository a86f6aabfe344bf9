"""Who is in the door log and no member, is archived, or was erased"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

ACTIONS = "'created','changed','deleted','signed_in','read','exported'"
COMMENT = "What was done: created, changed, deleted, signed_in, read, exported"


def upgrade() -> None:
    op.add_column(
        "customers",
        sa.Column(
            "standing",
            sa.String(),
            server_default="member",
            nullable=False,
            comment="What the row is kept for; only a member is counted and written to: member,"
            " staff, guest, archived, erased, merged",
        ),
    )
    op.create_check_constraint(
        op.f("ck_customers_standing_known"),
        "customers",
        "standing IN ('member','staff','guest','archived','erased','merged')",
    )
    op.add_column(
        "member_stats",
        sa.Column(
            "is_counted",
            sa.Boolean(),
            server_default="true",
            nullable=False,
            comment="customers.standing is member: in figures, risk and segments",
        ),
    )
    _set_actions(f"{ACTIONS},'erased'", f"{COMMENT}, erased", COMMENT)


def downgrade() -> None:
    # The reporting views read it; they are made again after every migration.
    op.execute("drop schema if exists reporting cascade")
    op.execute("delete from audit_log where action = 'erased'")
    _set_actions(ACTIONS, COMMENT, f"{COMMENT}, erased")
    op.drop_column("member_stats", "is_counted")
    op.drop_column("customers", "standing")


def _set_actions(actions: str, comment: str, before: str) -> None:
    op.drop_constraint(op.f("ck_audit_log_action_known"), "audit_log")
    op.create_check_constraint(
        op.f("ck_audit_log_action_known"), "audit_log", f"action IN ({actions})"
    )
    op.alter_column("audit_log", "action", comment=comment, existing_comment=before)
