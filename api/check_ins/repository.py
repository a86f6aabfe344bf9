from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, text, update

from api.check_ins.errors import CheckInNotFound
from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.base import AnyRow, matches
from db.member_facts import writing_no_facts
from db.models import CheckIn, Member
from db.stats.visit_hours import DOUBLE_SCAN, MAX_STAY

_RECORD_VISIT = text(
    "select record_visit(:gym_id, :member_id, :moment, :method, cast(:location_id as bigint))"
)
_READ_ACCESS = text(
    "select read_access(:gym_id, :member_id, cast(:location_id as bigint), :moment, :day)"
)


class CheckInRepository(Repository[CheckIn]):
    """Visits of one gym."""

    model = CheckIn
    not_found = CheckInNotFound

    def member_of(self, check_in_id: int) -> int | None:
        return self.session.scalar(
            select(CheckIn.member_id).where(self.is_own(), CheckIn.check_in_id == check_in_id)
        )

    def record_visit(
        self, member_id: int, moment: datetime, method: str, location_id: int | None
    ) -> dict[str, Any]:
        """Record a scan of this moment, and all that follows from it: see `db/functions/visits.sql`
        for what it answers."""
        visit = {
            "member_id": member_id,
            "moment": moment,
            "method": method,
            "location_id": location_id,
        }
        answer: dict[str, Any] = self.session.execute(
            _RECORD_VISIT, {"gym_id": self.gym_id, **visit}
        ).scalar_one()
        return answer

    def read_access(
        self, member_id: int, moment: datetime, day: date, location_id: int | None
    ) -> dict[str, Any]:
        """What the rules ask of a member whom the gym has: see `core.access.AccessFacts`."""
        visit = {"member_id": member_id, "moment": moment, "day": day, "location_id": location_id}
        facts: dict[str, Any] = self.session.execute(
            _READ_ACCESS, {"gym_id": self.gym_id, **visit}
        ).scalar_one()
        return facts

    def find_only_location(self) -> int | None:
        """The gym's location, if it has only one in use."""
        return self.session.scalar(select(func.only_location(self.gym_id)))

    def note_access(self, check_in_id: int, values: Mapping[str, Any]) -> None:
        """Write down from which pack a visit was taken, and who let the member in."""
        with writing_no_facts(self.session):
            self.session.execute(
                update(CheckIn).where(self.is_own(), CheckIn.check_in_id == check_in_id),
                values,
            )

    def find_same_visit(self, member_id: int, moment: datetime) -> CheckIn | None:
        """The visit that a scan at `moment` belongs to: near it in time, or not left yet."""
        near = CheckIn.check_in.between(moment - DOUBLE_SCAN, moment + DOUBLE_SCAN)
        return self.session.scalar(
            select(CheckIn)
            .where(
                self.is_own(),
                CheckIn.member_id == member_id,
                or_(is_inside(moment), near),
            )
            .order_by(CheckIn.check_in.desc())
            .limit(1)
        )

    def find_next(self, member_id: int, moment: datetime) -> CheckIn | None:
        """The member's first visit after `moment`."""
        return self.session.scalar(
            select(CheckIn)
            .where(
                self.is_own(),
                CheckIn.member_id == member_id,
                CheckIn.check_in > moment,
            )
            .order_by(CheckIn.check_in)
            .limit(1)
        )

    def name_of(self, member_id: int) -> str | None:
        return self.session.scalar(
            select(Member.name).where(Member.in_gym(self.gym_id), Member.member_id == member_id)
        )

    def list_page(
        self,
        page: PageRequest,
        *,
        member_id: int | None,
        since: datetime | None,
        until: datetime | None,
        inside_at: datetime | None,
    ) -> tuple[Sequence[AnyRow], int]:
        """Visits that began in [since, until), newest first, with the members' names."""
        where = [self.is_own()]
        if member_id is not None:
            where.append(CheckIn.member_id == member_id)
        if since is not None:
            where.append(CheckIn.check_in >= since)
        if until is not None:
            where.append(CheckIn.check_in < until)
        if inside_at is not None:
            where.append(is_inside(inside_at))
        query = (
            select(CheckIn, Member.name.label("member_name"))
            .join(Member, matches(Member.member_id, CheckIn.member_id))
            .order_by(CheckIn.check_in.desc(), CheckIn.check_in_id.desc())
        )
        return self.paginate_rows(query, page, *where, counted=CheckIn)


def is_inside(moment: datetime) -> ColumnElement[bool]:
    """The visit has begun and not ended. Many doors record no exit: after `MAX_STAY` it has."""
    return CheckIn.check_in.between(moment - MAX_STAY, moment) & or_(
        CheckIn.check_out > moment, CheckIn.check_out.is_(None)
    )
