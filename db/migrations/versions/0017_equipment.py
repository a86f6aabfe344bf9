"""What a gym has to train on"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "equipment",
        sa.Column("equipment_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False, comment="How the gym calls it"),
        sa.Column(
            "name_key",
            sa.Text(collation="C"),
            nullable=False,
            comment="The name as it is compared and sorted: no case, no accents",
        ),
        sa.Column(
            "category",
            sa.String(),
            nullable=False,
            comment="What kind of training it is for: cardio, strength, free_weights, functional,"
            " other",
        ),
        sa.Column(
            "status",
            sa.String(),
            server_default="working",
            nullable=False,
            comment="Whether it may be trained on: working, out_of_order, in_repair, retired",
        ),
        sa.Column("location", sa.String(), comment="Where it stands, in the gym's words"),
        sa.Column("serial_number", sa.String(), comment="The maker's, as on the plate"),
        sa.Column(
            "serial_number_key",
            sa.Text(collation="C"),
            comment="The serial number as it is compared, without case",
        ),
        sa.Column("purchased_on", sa.Date(), comment="Day of purchase"),
        sa.Column("notes", sa.String(), comment="What the staff should know"),
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
        sa.CheckConstraint(
            "category IN ('cardio','strength','free_weights','functional','other')",
            name=op.f("ck_equipment_category_known"),
        ),
        sa.CheckConstraint(
            "status IN ('working','out_of_order','in_repair','retired')",
            name=op.f("ck_equipment_status_known"),
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_equipment_name_not_empty")),
        *(
            sa.CheckConstraint(
                _is_key_of(column), name=op.f(f"ck_equipment_{column}_key_is_of_{column}")
            )
            for column in ("name", "serial_number")
        ),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"], name=op.f("fk_equipment_gym_id_gyms")),
        sa.PrimaryKeyConstraint("equipment_id", name=op.f("pk_equipment")),
        sa.UniqueConstraint(
            "gym_id", "equipment_id", name=op.f("uq_equipment_gym_id_equipment_id")
        ),
        sa.UniqueConstraint(
            "gym_id", "serial_number_key", name=op.f("uq_equipment_gym_id_serial_number_key")
        ),
        comment="What members train on",
    )
    op.create_index(
        "ix_equipment_gym_id_name_key", "equipment", ["gym_id", "name_key", "equipment_id"]
    )


def downgrade() -> None:
    op.drop_table("equipment")


def _is_key_of(column: str) -> str:
    return (
        f"({column} IS NULL) = ({column}_key IS NULL) AND"
        f" (octet_length({column}) > length({column}) OR {column}_key ="
        f' left(lower({column} COLLATE "C"), 600))'
    )
