"""People see where they are signed in, and choose a new password by a mailed link"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

DEVICE = {
    "program": "The browser or client, in words, as it calls itself",
    "system": "The operating system, in words, as the client calls it",
}


def upgrade() -> None:
    for table in ("sessions", "refresh_tokens"):
        for name, comment in DEVICE.items():
            op.add_column(table, sa.Column(name, sa.String(), nullable=True, comment=comment))
    op.add_column(
        "sessions",
        sa.Column(
            "last_used_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When last used, late by minutes",
        ),
    )
    op.create_table(
        "password_resets",
        sa.Column("reset_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False, comment="Whose password"),
        sa.Column(
            "token_hash",
            sa.String(),
            nullable=False,
            comment="SHA-256 of the token in the link, hex",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When asked for",
        ),
        sa.Column(
            "expires_at", sa.DateTime(timezone=True), nullable=False, comment="When the link ends"
        ),
        sa.Column(
            "used_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it, or a newer one of the user, was used",
        ),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_password_resets_gym_id_gyms")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "user_id"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_password_resets_gym_id_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("reset_id", name=op.f("pk_password_resets")),
        sa.UniqueConstraint("gym_id", "reset_id", name=op.f("uq_password_resets_gym_id_reset_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_resets_token_hash")),
        comment="Links for choosing a new password",
    )
    op.create_index("ix_password_resets_user_id", "password_resets", ["user_id"])


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    op.execute("drop function if exists gym_of_password_reset(text)")
    op.drop_table("password_resets")
    op.drop_column("sessions", "last_used_at")
    for table in ("sessions", "refresh_tokens"):
        for name in DEVICE:
            op.drop_column(table, name)
