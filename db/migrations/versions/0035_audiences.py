"""Filters of members are saved under a name"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

IS_KEY = (
    "(name IS NULL) = (name_key IS NULL) AND (octet_length(name) > length(name)"
    ' OR name_key = left(lower(name COLLATE "C"), 600))'
)


def upgrade() -> None:
    op.create_table(
        "audiences",
        sa.Column("audience_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False, comment="How the gym calls it"),
        sa.Column(
            "name_key",
            sa.Text(collation="C"),
            nullable=False,
            comment="The name as it is compared and sorted: no case, no accents",
        ),
        sa.Column(
            "filter",
            postgresql.JSONB(),
            nullable=False,
            comment="What is asked of members, as api.members.filters.MemberFilter has it",
        ),
        sa.Column("owner_id", sa.BigInteger(), nullable=False, comment="The user who saved it"),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was made",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row last changed",
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_audiences_name_not_empty")),
        sa.CheckConstraint(IS_KEY, name=op.f("ck_audiences_name_key_is_of_name")),
        sa.ForeignKeyConstraint(
            ["gym_id", "owner_id"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_audiences_gym_id_owner_id_users"),
        ),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"], name=op.f("fk_audiences_gym_id_gyms")),
        sa.PrimaryKeyConstraint("audience_id", name=op.f("pk_audiences")),
        sa.UniqueConstraint("gym_id", "audience_id", name=op.f("uq_audiences_gym_id_audience_id")),
        sa.UniqueConstraint("gym_id", "name_key", name=op.f("uq_audiences_gym_id_name_key")),
        comment="Filters of members that gyms have saved",
    )


def downgrade() -> None:
    op.drop_table("audiences")
