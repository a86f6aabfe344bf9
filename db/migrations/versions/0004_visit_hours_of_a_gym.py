"""Visit hours belong to a gym that exists, as every tenant row does"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_foreign_key(
        op.f("fk_visit_hours_gym_id_gyms"), "visit_hours", "gyms", ["gym_id"], ["gym_id"]
    )


def downgrade() -> None:
    op.drop_constraint(op.f("fk_visit_hours_gym_id_gyms"), "visit_hours", type_="foreignkey")
