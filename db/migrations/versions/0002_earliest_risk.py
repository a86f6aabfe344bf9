"""The first day a member can be at risk, so that lists look at few members instead of all"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# db.stats.at_risk.LARGEST_DROPS as it was when this migration was written; a test holds the two together.
LARGEST_DROPS = (
    [-1] * 10
    + [0] * 6
    + [1] * 5
    + [2] * 5
    + [3] * 5
    + [4] * 5
    + [5] * 4
    + [6] * 7
    + [7] * 7
    + [8] * 6
    + [9] * 7
    + [10] * 4
)
EARLIEST_RISK = f"""
create function earliest_risk(join_date date, last_visit_on date, visited_days bit) returns date
language sql immutable parallel safe as $$
  select case
    when last_visit_on is null then join_date + 15
    else last_visit_on + least(
      floor(greatest(14, 3 * usual_gap(visited_days)))::int + 1,
      -- the first of the days to come on which the visits so far are a drop
      (select min(away) from generate_series(0, 90) away
       where bit_count(substring(visited_days from 1 for greatest(21 - away, 0)))
         <= (array{LARGEST_DROPS})[1 + bit_count(substring(
              visited_days from 1 + greatest(21 - away, 0)
              for 91 - away - greatest(21 - away, 0)))::int]))
  end
$$
"""


def upgrade() -> None:
    op.execute(EARLIEST_RISK)
    op.add_column(
        "member_stats",
        sa.Column(
            "risk_from",
            sa.Date(),
            sa.Computed("earliest_risk(join_date, last_visit_on, visited_days)", persisted=True),
            nullable=False,
            comment="No day before it can find the member at risk, unless they visit again",
        ),
    )
    op.create_index(
        "ix_member_stats_gym_id_risk_from", "member_stats", ["gym_id", "risk_from"], unique=False
    )
    op.drop_index("ix_member_stats_gym_id_last_visit_on", table_name="member_stats")


def downgrade() -> None:
    op.create_index(
        "ix_member_stats_gym_id_last_visit_on", "member_stats", ["gym_id", "last_visit_on"]
    )
    op.drop_index("ix_member_stats_gym_id_risk_from", table_name="member_stats")
    op.drop_column("member_stats", "risk_from")
    op.execute("drop function earliest_risk(date, date, bit)")
