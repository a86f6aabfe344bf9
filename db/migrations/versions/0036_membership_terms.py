"""Memberships keep what was agreed: terms and their prices, notices, and who did what"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_REASONS = [
    "no_time",
    "too_expensive",
    "not_using",
    "health",
    "other_gym",
    "moving",
    "unhappy",
    "other",
]
_KINDS = ["assigned", "frozen", "unfrozen", "renewed", "cancelled", "withdrawn", "plan_changed"]

# Two that were written by other ways than the API; the database refuses new ones.
_OVERLAPPING = """
update memberships m set may_overlap = true
where exists (
  select from memberships o
  where o.gym_id = m.gym_id and o.customer_id = m.customer_id
    and o.membership_id <> m.membership_id
    and daterange(o.starts_on, o.ends_on, '[]') && daterange(m.starts_on, m.ends_on, '[]'))
"""
_MERGE_FREEZES = """
with torn as (
  select distinct f.gym_id, f.membership_id, f.customer_id
  from membership_freezes f
  join membership_freezes o using (gym_id, membership_id)
  where o.freeze_id <> f.freeze_id
    and daterange(o.starts_on, o.ends_on, '[]') && daterange(f.starts_on, f.ends_on, '[]')
), gone as (
  delete from membership_freezes f using torn
  where f.gym_id = torn.gym_id and f.membership_id = torn.membership_id
  returning f.*
)
insert into membership_freezes (gym_id, membership_id, customer_id, starts_on, ends_on, reason)
select gym_id, membership_id, customer_id, lower(days), upper(days) - 1, reason
from (
  select gym_id, membership_id, customer_id, min(reason) as reason,
         unnest(range_agg(daterange(starts_on, ends_on, '[]'))) as days
  from gone group by gym_id, membership_id, customer_id
) merged
"""
# What the API gave exactly the plan's time, and nothing has moved since, is a term of the plan.
_TERMS = """
update memberships m set months = p.duration_months, paid_until = m.ends_on
from packages p
where p.gym_id = m.gym_id and p.package_id = m.package_id and m.cancelled_on is null
  and p.duration_months > 0
  and m.ends_on = (m.starts_on + make_interval(months => p.duration_months::int))::date - 1
  and not exists (
    select from membership_freezes f
    where f.gym_id = m.gym_id and f.membership_id = m.membership_id)
"""
_FIRST_TERMS = """
insert into membership_terms (gym_id, membership_id, term, price, renewed_on)
select gym_id, membership_id, 1, round(yearly_price * months / 12.0), starts_on
from memberships where months is not null
"""


def upgrade() -> None:
    for column in (
        sa.Column(
            "months",
            sa.BigInteger(),
            comment="Months of one term; empty where terms are of days or only dates are known",
        ),
        sa.Column("days", sa.BigInteger(), comment="Days of one term, where it is of days"),
        sa.Column(
            "renews_automatically",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="Another term follows by itself until there is a last day",
        ),
        sa.Column(
            "paid_until",
            sa.Date(),
            comment="Last day that the terms pay for, or that was stated before a last day was set",
        ),
        sa.Column(
            "last_day",
            sa.Date(),
            comment="Last day by a notice, or because another plan follows",
        ),
        sa.Column(
            "leaving_reason",
            sa.String(),
            comment=f"Why, from a list: {', '.join(_REASONS)}",
        ),
        sa.Column(
            "replaces_id",
            sa.BigInteger(),
            comment="The membership that was changed into this one",
        ),
        sa.Column(
            "credit",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="What was not used of the one it replaces, minor units; is set off against its"
            " price",
        ),
        sa.Column(
            "may_overlap",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="Others of the member may cover the same days: packs, and what was so before",
        ),
    ):
        op.add_column("memberships", column)
    op.create_table(
        "membership_terms",
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.Column("membership_id", sa.BigInteger(), nullable=False, comment="Of which membership"),
        sa.Column("term", sa.BigInteger(), nullable=False, comment="Its number, from 1"),
        sa.Column(
            "price",
            sa.BigInteger(),
            nullable=False,
            comment="What it costs, minor units of the gym's currency",
        ),
        sa.Column(
            "renewed_on",
            sa.Date(),
            nullable=False,
            comment="Day on which it was added: the first of it, or an earlier one",
        ),
        sa.CheckConstraint("term >= 1", name=op.f("ck_membership_terms_term_counts_from_one")),
        sa.CheckConstraint("price >= 0", name=op.f("ck_membership_terms_price_not_negative")),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_membership_terms_gym_id_gyms")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "membership_id"],
            ["memberships.gym_id", "memberships.membership_id"],
            name=op.f("fk_membership_terms_gym_id_membership_id_memberships"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "gym_id", "membership_id", "term", name=op.f("pk_membership_terms")
        ),
        comment="Terms of memberships, which follow each other, and what each costs",
    )
    op.create_table(
        "membership_events",
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("membership_id", sa.BigInteger(), nullable=False, comment="Of which membership"),
        sa.Column(
            "kind", sa.String(), nullable=False, comment=f"What was done: {', '.join(_KINDS)}"
        ),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False, comment="When"),
        sa.Column("user_id", sa.BigInteger(), comment="Who did it; empty for the platform"),
        sa.Column("reason", sa.String(), comment="Why"),
        sa.Column(
            "details",
            postgresql.JSONB(),
            server_default="{}",
            nullable=False,
            comment="Days, numbers and amounts of it",
        ),
        sa.Column("gym_id", sa.BigInteger(), nullable=False, comment="The gym the row belongs to"),
        sa.CheckConstraint(
            f"kind IN ({_quote(_KINDS)})", name=op.f("ck_membership_events_kind_known")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id"], ["gyms.gym_id"], name=op.f("fk_membership_events_gym_id_gyms")
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "membership_id"],
            ["memberships.gym_id", "memberships.membership_id"],
            name=op.f("fk_membership_events_gym_id_membership_id_memberships"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["gym_id", "user_id"],
            ["users.gym_id", "users.user_id"],
            name=op.f("fk_membership_events_gym_id_user_id_users"),
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_membership_events")),
        comment="The history of memberships: who did what, when and why",
    )
    op.create_index(
        "ix_membership_events_gym_id_membership_id",
        "membership_events",
        ["gym_id", "membership_id", "event_id"],
    )
    op.execute(
        "update memberships set last_day = coalesce(ends_on, cancelled_on), paid_until = ends_on"
        " where cancelled_on is not null"
    )
    for statement in (_OVERLAPPING, _MERGE_FREEZES, _TERMS, _FIRST_TERMS):
        op.execute(statement)
    _add_constraints()


def _add_constraints() -> None:
    for name, condition in (
        ("months_sensible", "months BETWEEN 1 AND 120"),
        ("days_sensible", "days >= 1"),
        (
            "terms_of_one_kind",
            "num_nonnulls(months, days) = 0 OR"
            " num_nonnulls(months, days) = 1 AND paid_until IS NOT NULL",
        ),
        ("notice_has_last_day", "cancelled_on IS NULL OR last_day IS NOT NULL"),
        ("credit_not_negative", "credit >= 0"),
        ("leaving_reason_known", f"leaving_reason IN ({_quote(_REASONS)})"),
    ):
        op.create_check_constraint(op.f(f"ck_memberships_{name}"), "memberships", condition)
    op.create_foreign_key(
        op.f("fk_memberships_gym_id_replaces_id_memberships"),
        "memberships",
        "memberships",
        ["gym_id", "replaces_id"],
        ["gym_id", "membership_id"],
    )
    for table, key, condition in (
        ("memberships", "customer_id", " where (not may_overlap)"),
        ("membership_freezes", "membership_id", ""),
    ):
        op.execute(
            f"alter table {table} add constraint ex_{table}_one_at_a_time exclude using gist"
            f" (int8range({key}, {key}, '[]') with =,"
            f" daterange(starts_on, ends_on, '[]') with &&){condition}"
        )


def _quote(words: list[str]) -> str:
    return ",".join(f"'{word}'" for word in words)


def downgrade() -> None:
    op.execute("drop schema if exists reporting cascade")
    op.drop_constraint("ex_membership_freezes_one_at_a_time", "membership_freezes")
    op.drop_constraint("ex_memberships_one_at_a_time", "memberships")
    op.drop_table("membership_events")
    op.drop_table("membership_terms")
    for column in [
        "may_overlap",
        "credit",
        "replaces_id",
        "leaving_reason",
        "last_day",
        "paid_until",
        "renews_automatically",
        "days",
        "months",
    ]:
        op.drop_column("memberships", column)
