"""Members have a photo and documents"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

GYM = "The gym the row belongs to"


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.String(),
            nullable=False,
            comment="What it is: member_photo, member_document, gym_logo",
        ),
        sa.Column(
            "customer_id", sa.BigInteger(), comment="Of which member; empty for the gym's own"
        ),
        sa.Column(
            "name", sa.String(), nullable=False, comment="What the sender called it; never a path"
        ),
        sa.Column(
            "content_type",
            sa.String(),
            nullable=False,
            comment="By its content, not by what was said",
        ),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="Bytes"),
        sa.Column(
            "sha256", sa.String(), nullable=False, comment="Of the bytes as they are kept, hex"
        ),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=False, comment="The user who sent it"),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was sent",
        ),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment=GYM),
        sa.CheckConstraint(
            "kind IN ('member_photo','member_document','gym_logo')",
            name=op.f("ck_files_kind_known"),
        ),
        sa.CheckConstraint(
            "(kind = 'gym_logo') = (customer_id IS NULL)",
            name=op.f("ck_files_of_a_member_or_the_gym"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_files_gym_id_customer_id_customers"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "uploaded_by"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_files_gym_id_uploaded_by_users"),
        ),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"], name=op.f("fk_files_gym_id_gyms")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_files")),
        sa.UniqueConstraint("gym_id", "file_id", name=op.f("uq_files_gym_id_file_id")),
        comment="Pictures and documents; their bytes are in file_contents",
    )
    op.create_index(
        "uq_files_gym_id_photo",
        "files",
        ["gym_id", "customer_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'member_photo'"),
    )
    op.create_index(
        "uq_files_gym_id_logo",
        "files",
        ["gym_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'gym_logo'"),
    )
    op.create_index("ix_files_gym_id_customer_id", "files", ["gym_id", "customer_id", "file_id"])
    op.create_table(
        "file_contents",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment=GYM),
        sa.Column("file_id", sa.BigInteger(), nullable=False, comment="Of which file"),
        sa.Column("content", sa.LargeBinary(), nullable=False, comment="The file itself"),
        sa.ForeignKeyConstraint(
            ["gym_id", "file_id"],
            ["files.gym_id", "files.file_id"],
            name=op.f("fk_file_contents_gym_id_file_id_files"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_file_contents_gym_id_gyms")
        ),
        sa.PrimaryKeyConstraint("gym_id", "file_id", name=op.f("pk_file_contents")),
        comment="The bytes of files",
    )


def downgrade() -> None:
    op.drop_table("file_contents")
    op.drop_table("files")
