"""Members enter by a code on their phone, at devices of the gym"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "customers",
        sa.Column(
            "door_code_version",
            sa.BigInteger(),
            server_default="1",
            nullable=False,
            comment="Raised when a phone is lost: older door codes open nothing",
        ),
    )
    op.create_table(
        "kiosks",
        sa.Column("kiosk_id", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger(), nullable=False, comment="Whose door it is"),
        sa.Column("name", sa.String(), nullable=False, comment="What the gym calls it"),
        sa.Column("key_hash", sa.String(), nullable=False, comment="SHA-256 of its key, hex"),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        *(
            sa.Column(
                name,
                sa.DateTime(timezone=True),
                server_default=sa.text("now()"),
                nullable=False,
                comment=comment,
            )
            for name, comment in (
                ("created_at", "When the row was made"),
                ("updated_at", "When the row last changed"),
            )
        ),
        sa.CheckConstraint("name <> ''", name=op.f("ck_kiosks_name_not_empty")),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"], name=op.f("fk_kiosks_gym_id_gyms")),
        sa.ForeignKeyConstraint(
            ["gym_id", "location_id"],
            ["locations.gym_id", "locations.location_id"],
            name=op.f("fk_kiosks_gym_id_location_id_locations"),
        ),
        sa.PrimaryKeyConstraint("kiosk_id", name=op.f("pk_kiosks")),
        sa.UniqueConstraint("gym_id", "kiosk_id", name=op.f("uq_kiosks_gym_id_kiosk_id")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_kiosks_key_hash")),
        comment="Devices at doors; one that is deleted opens nothing any more",
    )
    op.create_table(
        "used_door_codes",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column("customer_id", sa.BigInteger(), nullable=False, comment="Whose code"),
        sa.Column("step", sa.BigInteger(), nullable=False, comment="Half minutes since 1970"),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False, comment="When"),
        sa.ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            name=op.f("fk_used_door_codes_gym_id_customer_id_customers"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("gym_id", "customer_id", "step", name=op.f("pk_used_door_codes")),
        comment="Door codes that were used; kept while they could be sent again",
    )


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    op.execute("drop function if exists gym_of_kiosk_key")
    op.drop_table("used_door_codes")
    op.drop_table("kiosks")
    op.drop_column("customers", "door_code_version")
