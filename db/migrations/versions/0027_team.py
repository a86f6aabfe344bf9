"""People are invited to a gym's team, and members to an account of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

ROLES = "'super_admin','owner','admin','trainer','receptionist','member'"
KEY = (
    "(email IS NULL) = (email_key IS NULL) AND (octet_length(email) > length(email)"
    ' OR email_key = left(lower(email COLLATE "C"), 600))'
)


def upgrade() -> None:
    op.add_column(
        "users",
        sa.Column(
            "last_used_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When last seen, by a sign-in or a renewed token; late by minutes",
        ),
    )
    op.create_table(
        "member_accounts",
        sa.Column(
            "user_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="Who signs in"
        ),
        sa.Column("customer_id", sa.BigInteger(), nullable=False, comment="Whose account it is"),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_member_accounts_gym_id_gyms")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "user_id"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_member_accounts_gym_id_user_id_users"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_member_accounts_gym_id_customer_id_customers"),
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_member_accounts")),
        sa.UniqueConstraint(
            "gym_id", "customer_id", name=op.f("uq_member_accounts_gym_id_customer_id")
        ),
        comment="Members who sign in themselves",
    )
    op.create_table(
        "invitations",
        sa.Column("invitation_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "email",
            sa.String(),
            nullable=False,
            comment="Where the link is mailed to, and who signs in",
        ),
        sa.Column(
            "email_key",
            sa.Text(collation="C"),
            nullable=False,
            comment="The address as it is compared, see users.email_key",
        ),
        sa.Column(
            "role",
            sa.String(),
            nullable=False,
            comment="What they may do once they accept: super_admin, owner, admin, trainer,"
            " receptionist, member",
        ),
        sa.Column(
            "customer_id",
            sa.BigInteger(),
            nullable=True,
            comment="Which member the account is of, for the role member only",
        ),
        sa.Column(
            "token_hash",
            sa.String(),
            nullable=False,
            comment="SHA-256 of the token in the link, hex",
        ),
        sa.Column("invited_by", sa.BigInteger(), nullable=False, comment="The user who invited"),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When",
        ),
        sa.Column(
            "expires_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="When the link ends",
        ),
        sa.Column(
            "accepted_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the link was used",
        ),
        sa.Column(
            "revoked_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was taken back, or another one was mailed to the address",
        ),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.CheckConstraint(f"role IN ({ROLES})", name=op.f("ck_invitations_role_known")),
        sa.CheckConstraint(KEY, name=op.f("ck_invitations_email_key_is_of_email")),
        sa.CheckConstraint(
            "role NOT IN ('super_admin','owner')", name=op.f("ck_invitations_role_can_be_invited")
        ),
        sa.CheckConstraint(
            "(role = 'member') = (customer_id IS NOT NULL)",
            name=op.f("ck_invitations_role_fits_member"),
        ),
        sa.CheckConstraint(
            "accepted_at IS NULL OR revoked_at IS NULL", name=op.f("ck_invitations_ends_once")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_invitations_gym_id_gyms")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_invitations_gym_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "invited_by"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_invitations_gym_id_invited_by_users"),
        ),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_invitations")),
        sa.UniqueConstraint(
            "gym_id", "invitation_id", name=op.f("uq_invitations_gym_id_invitation_id")
        ),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
        comment="Who was invited to sign in, and what became of it",
    )
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["gym_id", "email_key"],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND revoked_at IS NULL"),
    )


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    op.execute("drop function if exists gym_of_invitation_token(text)")
    op.drop_table("invitations")
    op.drop_column("users", "last_used_at")
    op.drop_table("member_accounts")
