"""Medical notes of members, sealed, and who read them"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "medical_notes",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column(
            "customer_id", sa.BigInteger(), nullable=False, comment="Whose health it is about"
        ),
        sa.Column(
            "sealed", sa.String(), nullable=False, comment="The text, which only the API can open"
        ),
        sa.Column(
            "written_by",
            sa.BigInteger(),
            nullable=False,
            comment="The user who wrote it as it now is",
        ),
        sa.Column(
            "written_at", sa.DateTime(timezone=True), nullable=False, comment="When that was"
        ),
        *_keys("medical_notes", "written_by"),
        sa.PrimaryKeyConstraint("gym_id", "customer_id", name=op.f("pk_medical_notes")),
        comment="What gyms must know of the health of members; sealed",
    )
    op.create_table(
        "medical_note_reads",
        sa.Column("read_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False, comment="Whose notes were read"),
        sa.Column("reader_id", sa.BigInteger(), nullable=False, comment="The user who read them"),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False, comment="When"),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        *_keys("medical_note_reads", "reader_id"),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_medical_note_reads_gym_id_gyms")
        ),
        sa.PrimaryKeyConstraint("read_id", name=op.f("pk_medical_note_reads")),
        sa.UniqueConstraint("gym_id", "read_id", name=op.f("uq_medical_note_reads_gym_id_read_id")),
        comment="Who read medical notes, and when",
    )
    op.create_index(
        "ix_medical_note_reads_gym_id_customer_id",
        "medical_note_reads",
        ["gym_id", "customer_id", "read_id"],
    )


def downgrade() -> None:
    op.drop_table("medical_note_reads")
    op.drop_table("medical_notes")


def _keys(table: str, user: str) -> tuple[sa.ForeignKeyConstraint, ...]:
    return (
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f(f"fk_{table}_gym_id_customer_id_customers"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", user],
            ["users.gym_id", "users.user_id"],
            name=op.f(f"fk_{table}_gym_id_{user}_users"),
        ),
    )
