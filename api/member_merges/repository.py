from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import ClassVar

from sqlalchemy import delete, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.member_merges.errors import MergeNotFound
from api.member_merges.moving import list_references
from db.base import AnyRow, AnySelect, matches
from db.models import DistinctMembers, HouseholdMember, Member, MemberMerge, MemberStats, User

LARGEST_BLOCK = 30
"""People who share an address, a phone or a birth date. Of more it is nobody's own: the desk's
address, or the day that a file has where it knows none."""

_SHARED = """
select customer_id, name_key, birth_date, key from (
  select customer_id, name_key, birth_date, {key} as key,
         count(*) over (partition by {key}) as people
  from customers
  where gym_id = :gym_id and {key} is not null and standing in ('member', 'archived')
) known
where people between 2 and :largest order by key, customer_id
"""
_OVERLAP = text(
    """
select exists (
  select from memberships a join memberships b on b.gym_id = a.gym_id
  where a.gym_id = :gym_id and a.customer_id = :member_id and b.customer_id = :into
    and not (a.may_overlap and b.may_overlap)
    and daterange(a.starts_on, a.ends_on, '[]') && daterange(b.starts_on, b.ends_on, '[]'))
"""
)


class MergeRepository(Repository[MemberMerge]):
    model = MemberMerge
    not_found = MergeNotFound
    taken: ClassVar = {}

    def list_blocks(self, column: str) -> Iterator[list[AnyRow]]:
        """Members who share a value of the column: `customer_id`, `name_key`, `birth_date`."""
        rows = self.session.execute(
            text(_SHARED.format(key=column)), {"gym_id": self.gym_id, "largest": LARGEST_BLOCK}
        )
        for _, block in groupby(rows, key=lambda row: row.key):
            yield list(block)

    def list_distinct(self) -> set[tuple[int, int]]:
        """Pairs that are two people, as somebody decided, also of a record that was merged into one
        of them: the lower key first."""
        rows = self.session.execute(
            select(DistinctMembers.member_id, DistinctMembers.other_id).where(
                DistinctMembers.in_gym(self.gym_id)
            )
        )
        return {
            (min(row.member_id, row.other_id), max(row.member_id, row.other_id)) for row in rows
        }

    def page_distinct(self, page: PageRequest) -> tuple[Sequence[AnyRow], int]:
        """Those pairs, newest first: `DistinctMembers`, both names and who decided."""
        first, second = aliased(Member), aliased(Member)
        query = (
            select(
                DistinctMembers,
                first.name.label("member_name"),
                second.name.label("other_name"),
                User.name.label("by"),
            )
            .join(first, matches(first.member_id, DistinctMembers.member_id))
            .join(second, matches(second.member_id, DistinctMembers.other_id))
            .join(User, matches(User.user_id, DistinctMembers.decided_by))
            .order_by(
                DistinctMembers.decided_at.desc(),
                DistinctMembers.member_id,
                DistinctMembers.other_id,
            )
        )
        own = DistinctMembers.in_gym(self.gym_id)
        return self.paginate_rows(query, page, own, counted=DistinctMembers)

    def add_distinct(self, first: int, second: int, *, user_id: int, now: datetime) -> None:
        """Again, it changes nothing."""
        low, high = sorted((first, second))
        self.session.execute(
            insert(DistinctMembers)
            .values(
                gym_id=self.gym_id,
                member_id=low,
                other_id=high,
                decided_by=user_id,
                decided_at=now,
            )
            .on_conflict_do_nothing()
        )

    def delete_distinct(self, first: int, second: int) -> bool:
        """Whether there was such a pair, in either order."""
        pairs = tuple_(DistinctMembers.member_id, DistinctMembers.other_id)
        deleted = self.session.scalars(
            delete(DistinctMembers)
            .where(
                DistinctMembers.in_gym(self.gym_id),
                pairs.in_([(first, second), (second, first)]),
            )
            .returning(DistinctMembers.member_id)
        )
        return bool(deleted.all())

    def read_people(self, member_ids: set[int]) -> dict[int, AnyRow]:
        """`Member` and `visits`, by key."""
        rows = self.session.execute(
            select(Member, MemberStats.visits)
            .join(MemberStats, matches(MemberStats.member_id, Member.member_id))
            .where(Member.in_gym(self.gym_id), Member.member_id.in_(member_ids))
        )
        return {row.Member.member_id: row for row in rows}

    def overlap(self, member_id: int, into_id: int) -> bool:
        found = self.session.scalar(
            _OVERLAP, {"gym_id": self.gym_id, "member_id": member_id, "into": into_id}
        )
        return bool(found)

    def are_in_households(self, member_id: int, into_id: int) -> bool:
        """Both of them, in one or in two."""
        in_one = HouseholdMember.member_id.in_((member_id, into_id))
        return self.count(HouseholdMember, HouseholdMember.in_gym(self.gym_id), in_one) == 2

    def count_rows(self, member_id: int, into_id: int) -> dict[str, tuple[int, int]]:
        """By table: how many rows would be given on, and how many would stay."""
        counts: dict[str, tuple[int, int]] = {}
        values = {"gym_id": self.gym_id, "member_id": member_id, "into": into_id}
        for one in list_references():
            row = self.session.execute(
                text(
                    f"select count(*) filter (where {one.is_free}), count(*)"
                    f" from {one.table.name} t"
                    f" where t.gym_id = :gym_id and t.{one.column} = :member_id"
                ),
                values,
            ).one()
            if row[1]:
                counts[one.table.name] = (row[0], row[1] - row[0])
        sealed = self.session.scalar(
            text(
                "select count(*) from medical_notes where gym_id = :gym_id"
                " and customer_id = :member_id"
            ),
            values,
        )
        if sealed:
            counts["medical_notes"] = (0, sealed)
        return counts

    def list_page(self, page: PageRequest) -> tuple[Sequence[AnyRow], int]:
        """Newest first: `MemberMerge`, both records and who decided."""
        return self.paginate_rows(self._rows(), page, self.is_own(), counted=MemberMerge)

    def read_row(self, merge_id: int) -> AnyRow:
        query = self._rows().where(self.is_own(), MemberMerge.merge_id == merge_id)
        return self.session.execute(query).one()

    def _rows(self) -> AnySelect:
        first, second = aliased(Member), aliased(Member)
        return (
            select(
                MemberMerge,
                first.name.label("member_name"),
                first.merged_into.label("merged_into"),
                second.name.label("into_name"),
                second.standing.label("into_standing"),
                User.name.label("by"),
            )
            .join(first, matches(first.member_id, MemberMerge.member_id))
            .join(second, matches(second.member_id, MemberMerge.into_id))
            .join(
                User, (User.gym_id == MemberMerge.gym_id) & (User.user_id == MemberMerge.merged_by)
            )
            .order_by(MemberMerge.merge_id.desc())
        )
