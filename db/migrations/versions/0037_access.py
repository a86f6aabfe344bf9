"""Who may enter when and where: hours and locations of plans, the location of a visit"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

# Where a gym has one place, its visits were there.
_PLACE_VISITS = """
update attendance a set location_id = lone.location_id
from (
  select gym_id, min(location_id) as location_id from locations where is_active
  group by gym_id having count(*) = 1
) lone
where a.gym_id = lone.gym_id
"""


def upgrade() -> None:
    op.execute("drop function if exists record_visit(bigint, bigint, timestamptz, text)")
    op.add_column(
        "gyms",
        sa.Column(
            "enforces_access",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="The desk refuses who may not enter; false: it is only warned",
        ),
    )
    _create_plan_hours()
    _create_plan_locations()
    for column in (
        sa.Column("location_id", sa.BigInteger(), comment="Where; empty when nobody said"),
        sa.Column(
            "pack_id",
            sa.BigInteger(),
            comment="The membership, a pack of visits, from which this one was taken",
        ),
        sa.Column(
            "refused_for",
            postgresql.ARRAY(sa.Text()),
            comment="What spoke against it (core.access), where somebody let them in all the same",
        ),
        sa.Column("let_in_by", sa.BigInteger(), comment="Who let them in"),
        sa.Column("let_in_because", sa.String(), comment="Why, in their words"),
    ):
        op.add_column("attendance", column)
    op.execute(_PLACE_VISITS)
    for column, table, key, on_delete in (
        ("location_id", "locations", "location_id", None),
        ("pack_id", "memberships", "membership_id", "SET NULL (pack_id)"),
        ("let_in_by", "users", "user_id", None),
    ):
        op.create_foreign_key(
            op.f(f"fk_attendance_gym_id_{column}_{table}"),
            "attendance",
            table,
            ["gym_id", column],
            ["gym_id", key],
            ondelete=on_delete,
        )
    op.create_check_constraint(
        op.f("ck_attendance_let_in_for_a_reason"),
        "attendance",
        "num_nulls(let_in_by, let_in_because, refused_for) IN (0, 3)",
    )
    op.create_index(
        "ix_attendance_gym_id_pack_id",
        "attendance",
        ["gym_id", "pack_id"],
        postgresql_where=sa.text("pack_id IS NOT NULL"),
    )


def _create_plan_hours() -> None:
    op.create_table(
        "plan_hours",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column("package_id", sa.BigInteger(), nullable=False, comment="Of which plan"),
        sa.Column("weekday", sa.BigInteger(), nullable=False, comment="0 is Monday, 6 is Sunday"),
        sa.Column("opens", sa.BigInteger(), nullable=False, comment="Local minute of the day"),
        sa.Column(
            "closes",
            sa.BigInteger(),
            nullable=False,
            comment="Local minute of the day from which it lets nobody in; over 1440 on the next"
            " day",
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_plan_hours_weekday_in_week")),
        sa.CheckConstraint("opens BETWEEN 0 AND 1439", name=op.f("ck_plan_hours_opens_on_its_day")),
        sa.CheckConstraint(
            "closes > opens AND closes <= opens + 1440",
            name=op.f("ck_plan_hours_closes_within_a_day"),
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "package_id"],
            ["packages.gym_id", "packages.package_id"],
            name=op.f("fk_plan_hours_gym_id_package_id_packages"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "gym_id", "package_id", "weekday", "opens", name=op.f("pk_plan_hours")
        ),
        comment="The hours in which members of a plan may enter, by the gym's clock",
    )


def _create_plan_locations() -> None:
    op.create_table(
        "plan_locations",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column("package_id", sa.BigInteger(), nullable=False, comment="Which plan"),
        sa.Column("location_id", sa.BigInteger(), nullable=False, comment="Which location"),
        sa.ForeignKeyConstraint(
            ["gym_id", "package_id"],
            ["packages.gym_id", "packages.package_id"],
            name=op.f("fk_plan_locations_gym_id_package_id_packages"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "location_id"],
            ["locations.gym_id", "locations.location_id"],
            name=op.f("fk_plan_locations_gym_id_location_id_locations"),
        ),
        sa.PrimaryKeyConstraint(
            "gym_id", "package_id", "location_id", name=op.f("pk_plan_locations")
        ),
        comment="The locations that a plan includes; a plan without a row includes all",
    )


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    op.execute("drop function if exists record_visit")
    op.execute("drop function if exists read_access")
    op.execute("drop function if exists only_location")
    op.drop_constraint("ck_attendance_let_in_for_a_reason", "attendance")
    for column in ("let_in_because", "let_in_by", "refused_for", "pack_id", "location_id"):
        op.drop_column("attendance", column)
    op.drop_table("plan_locations")
    op.drop_table("plan_hours")
    op.drop_column("gyms", "enforces_access")
