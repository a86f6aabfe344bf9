"""What all writers of a gym count together is counted in slots, so that none waits for another"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

TABLES = {"visit_hours": ["gym_id", "day", "hour"], "cache_versions": ["gym_id"]}


def upgrade() -> None:
    for table, key in TABLES.items():
        op.add_column(
            table,
            sa.Column(
                "slot",
                sa.BigInteger(),
                server_default="0",
                nullable=False,
                comment="Which part of the count: writers at the same time take different ones",
            ),
        )
        op.drop_constraint(f"pk_{table}", table)
        op.create_primary_key(f"pk_{table}", table, [*key, "slot"])
    op.create_table_comment(
        "visit_hours", "Visits per gym, local day and local hour: the sum over an hour's slots"
    )
    op.alter_column(
        "visit_hours", "visits", comment="Visits that began in the hour, as the slot has it"
    )


def downgrade() -> None:
    # What only keys cached responses is made again; visits are counted together.
    op.execute("delete from cache_versions")
    op.execute(
        "with gone as (delete from visit_hours where slot > 0 returning gym_id, day, hour, visits)"
        " insert into visit_hours as h (gym_id, day, hour, slot, visits)"
        " select gym_id, day, hour, 0, sum(visits) from gone group by gym_id, day, hour"
        " on conflict (gym_id, day, hour, slot) do update set visits = h.visits + excluded.visits"
    )
    op.create_table_comment("visit_hours", "Visits per gym, local day and local hour")
    op.alter_column("visit_hours", "visits", comment="Visits that began in the hour")
    for table, key in TABLES.items():
        op.drop_constraint(f"pk_{table}", table)
        op.create_primary_key(f"pk_{table}", table, key)
        op.drop_column(table, "slot")
