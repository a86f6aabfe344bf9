"""A gym says from how many days on somebody who stays away is at risk"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

COLUMNS = {
    "absence_days": ("14", "Days without a visit after which a member is at risk"),
    "absence_gaps": ("3", "Times their usual gap that it has to be as well"),
}
BOUNDS = {"absence_days": "7 AND 40", "absence_gaps": "2 AND 5"}


def upgrade() -> None:
    for name, (default, comment) in COLUMNS.items():
        op.add_column(
            "gyms",
            sa.Column(
                name, sa.BigInteger(), server_default=default, nullable=False, comment=comment
            ),
        )
    for name, bounds in BOUNDS.items():
        op.create_check_constraint(
            op.f(f"ck_gyms_{name}_in_bounds"), "gyms", f"{name} BETWEEN {bounds}"
        )


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    # Its result is made of the tables' rows: they could not go while it is there.
    op.execute("drop function if exists begin_request")
    for name in COLUMNS:
        op.drop_column("gyms", name)
