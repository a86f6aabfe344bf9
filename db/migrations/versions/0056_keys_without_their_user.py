"""Keys of requests refer to nobody: each one locked its user's row, which all of a desk's share"""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

TABLE = "idempotency_keys"
NAME = "fk_idempotency_keys_gym_id_user_id_users"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), TABLE, type_="foreignkey")


def downgrade() -> None:
    op.execute(
        f"delete from {TABLE} k where not exists"
        " (select from users u where u.gym_id = k.gym_id and u.user_id = k.user_id)"
    )
    keys = ["gym_id", "user_id"]
    op.create_foreign_key(op.f(NAME), TABLE, "users", keys, keys)
