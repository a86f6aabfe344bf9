"""Where members train: locations, their hours, and the days on which they are closed"""

import sqlalchemy as sa
from alembic import op

from db.migrations.frozen_keys import fold

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

KEY_IS_OF_NAME = (
    "(name IS NULL) = (name_key IS NULL) AND (octet_length(name) > length(name) OR name_key ="
    ' left(lower(name COLLATE "C"), 600))'
)


def upgrade() -> None:
    _create_locations()
    _create_opening_hours()
    _create_closures()
    _open_first_locations()


def _create_locations() -> None:
    op.create_table(
        "locations",
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False, comment="What the place is called"),
        sa.Column(
            "name_key",
            sa.Text(collation="C"),
            nullable=False,
            comment="The name as it is compared and sorted: no case, no accents",
        ),
        sa.Column("address", sa.String(), comment="Postal address"),
        sa.Column("phone", sa.String(), comment="Contact number of this place"),
        sa.Column(
            "capacity",
            sa.BigInteger(),
            comment="People who may be inside at once; empty where nobody counts",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default="true",
            nullable=False,
            comment="Members train there; false once it is given up",
        ),
        *_common(),
        sa.CheckConstraint("name <> ''", name=op.f("ck_locations_name_not_empty")),
        sa.CheckConstraint(KEY_IS_OF_NAME, name=op.f("ck_locations_name_key_is_of_name")),
        sa.CheckConstraint("capacity > 0", name=op.f("ck_locations_capacity_positive")),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"], name=op.f("fk_locations_gym_id_gyms")),
        sa.PrimaryKeyConstraint("location_id", name=op.f("pk_locations")),
        sa.UniqueConstraint("gym_id", "location_id", name=op.f("uq_locations_gym_id_location_id")),
        sa.UniqueConstraint("gym_id", "name_key", name=op.f("uq_locations_gym_id_name_key")),
        comment="Where members train",
    )


def _create_opening_hours() -> None:
    op.create_table(
        "opening_hours",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column("location_id", sa.BigInteger(), nullable=False, comment="Whose hours"),
        sa.Column("weekday", sa.BigInteger(), nullable=False, comment="0 is Monday, 6 is Sunday"),
        sa.Column("opens", sa.BigInteger(), nullable=False, comment="Local minute of the day"),
        sa.Column(
            "closes",
            sa.BigInteger(),
            nullable=False,
            comment="Local minute of the day from which it is closed; over 1440 on the next day",
        ),
        sa.CheckConstraint(
            "weekday BETWEEN 0 AND 6", name=op.f("ck_opening_hours_weekday_in_week")
        ),
        sa.CheckConstraint(
            "opens BETWEEN 0 AND 1439", name=op.f("ck_opening_hours_opens_on_its_day")
        ),
        sa.CheckConstraint(
            "closes > opens AND closes <= opens + 1440",
            name=op.f("ck_opening_hours_closes_within_a_day"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "location_id"],
            ["locations.gym_id", "locations.location_id"],
            name=op.f("fk_opening_hours_gym_id_location_id_locations"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "gym_id", "location_id", "weekday", "opens", name=op.f("pk_opening_hours")
        ),
        comment="The hours of a location in every week, by the gym's clock",
    )


def _create_closures() -> None:
    op.create_table(
        "closures",
        sa.Column("closure_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "location_id",
            sa.BigInteger(),
            comment="Which location is closed; empty for the whole gym",
        ),
        sa.Column("starts_on", sa.Date(), nullable=False, comment="First closed day, local"),
        sa.Column("ends_on", sa.Date(), nullable=False, comment="Last closed day, local"),
        sa.Column("reason", sa.String(), comment="Why, in the gym's words"),
        *_common(),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_closures_ends_after_start")),
        sa.ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"], name=op.f("fk_closures_gym_id_gyms")),
        sa.ForeignKeyConstraint(
            ["gym_id", "location_id"],
            ["locations.gym_id", "locations.location_id"],
            name=op.f("fk_closures_gym_id_location_id_locations"),
        ),
        sa.PrimaryKeyConstraint("closure_id", name=op.f("pk_closures")),
        sa.UniqueConstraint("gym_id", "closure_id", name=op.f("uq_closures_gym_id_closure_id")),
        comment="Days on which a location or the whole gym is closed",
    )
    op.create_index("ix_closures_gym_id_starts_on", "closures", ["gym_id", "starts_on"])


def _common() -> list[sa.Column[object]]:
    return [
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
    ]


def _open_first_locations() -> None:
    """Each gym that is there has one place: it is called like the gym."""
    connection = op.get_bind()
    gyms = connection.execute(sa.text("select gym_id, name, address, phone from gyms")).mappings()
    rows = [{**gym, "name_key": fold(gym["name"])} for gym in gyms]
    if rows:
        connection.execute(
            sa.text(
                "insert into locations (gym_id, name, name_key, address, phone)"
                " values (:gym_id, :name, :name_key, :address, :phone)"
            ),
            rows,
        )


def downgrade() -> None:
    op.drop_table("closures")
    op.drop_table("opening_hours")
    op.drop_table("locations")
