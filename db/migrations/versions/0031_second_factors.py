"""Signing in asks for a code as well, where somebody wants it"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Whose"),
        sa.Column(
            "sealed_secret",
            sa.String(),
            nullable=False,
            comment="What the codes are made from, sealed for this row",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the secret was shown",
        ),
        sa.Column(
            "confirmed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a code of it was given; before, signing in asks for none",
        ),
        sa.Column(
            "last_step",
            sa.BigInteger(),
            nullable=True,
            comment="Of the last code that was used, in steps of 30 seconds: no code is used twice",
        ),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_second_factors_gym_id_gyms")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "user_id"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_second_factors_gym_id_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
        comment="Apps that show codes for signing in",
    )
    op.create_table(
        "recovery_codes",
        sa.Column("recovery_code_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False, comment="Whose"),
        sa.Column("code_hash", sa.String(), nullable=False, comment="SHA-256 of the code, hex"),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True, comment="When it was used"),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_recovery_codes_gym_id_gyms")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "user_id"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_recovery_codes_gym_id_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("recovery_code_id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint(
            "user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")
        ),
        comment="What replaces a lost second factor",
    )


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    op.drop_table("recovery_codes")
    op.drop_table("second_factors")
