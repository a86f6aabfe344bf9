"""A visit refers to its gym by its member: each one locked the gym's row, which all desks share"""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

TABLE = "attendance"
NAME = "fk_attendance_gym_id_gyms"
NOW = "IANA name; today and local times follow it"
BEFORE = "IANA name; today, quiet hours and local times follow it"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), TABLE, type_="foreignkey")
    op.alter_column("gyms", "timezone", comment=NOW, existing_comment=BEFORE)


def downgrade() -> None:
    op.alter_column("gyms", "timezone", comment=BEFORE, existing_comment=NOW)
    op.create_foreign_key(op.f(NAME), TABLE, "gyms", ["gym_id"], ["gym_id"])
