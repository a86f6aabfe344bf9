"""Write the simulation of a demo gym: all of it once, then only what has happened since."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import compress

import numpy as np
from sqlalchemy import func, insert, select, text
from sqlalchemy.orm import Session

from core.text import fold
from db.addresses import key_of_address
from db.member_words import refresh_member_words
from db.models import Member, SimulationTruth
from db.phones import region_of_zone, to_e164
from etl.behaviour import HABIT_NAMES, Ending, MemberDraws, Visits, draw_members, draw_visits
from etl.bulk_insert import copy_lines, copy_rows, reserve_ids
from etl.contract_rows import ContractWriter
from etl.demo_gyms import GymProfile
from etl.fake import Person, make_people
from etl.hashed_random import Bools, Ints
from etl.population import Population
from etl.simulated_contracts import (
    draw_contracts,
    draw_dues,
    draw_freezes,
    list_rests,
    settle_endings,
)
from etl.time_window import Window, to_date

VERSION = 1
"""Raise it when the same seed gives other members: gyms of another version are not continued."""

CHUNK = 1000


@dataclass(frozen=True)
class GymRows:
    """The keys of a gym's own rows."""

    gym_id: int
    plan_ids: list[int]
    trainer_ids: list[int]


class SimulationWriter:
    """Writes one gym's window, some members at a time, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        profile: GymProfile,
        seed: int,
        rows: GymRows,
        people: Population,
        window: Window,
    ) -> None:
        self.session = session
        self.profile = profile
        self.seed = seed
        self.rows = rows
        self.people = people
        self.window = window
        self.contract_writer = ContractWriter(
            session, rows.gym_id, rows.plan_ids, profile.plans, profile.currency, window
        )
        self.location_id = session.scalar(select(func.only_location(rows.gym_id)))
        self.visits = 0

    def write(self, first: int, end: int) -> None:
        """Write members number `first` up to, not including, `end`, where facts may be written."""
        window = self.window
        limit = window.known_until
        drawn = draw_members(self.profile, self.seed, self.people, window.start, first, end)
        drawn, plan, leaves, cancelled = settle_endings(self.profile, drawn)
        contracts = draw_contracts(self.profile, drawn, plan, leaves, cancelled, limit)
        freezes = draw_freezes(drawn, contracts, window.start, limit)
        dues = draw_dues(self.profile, drawn, contracts, freezes, window.start, limit)
        visits = draw_visits(
            self.profile, self.seed, drawn, drawn.stops_on, list_rests(freezes, end - first),
            window.days,
        )  # fmt: skip
        is_new = drawn.join_days > window.known_before
        member_ids = self._identify(drawn, is_new)
        self._write_people(drawn, is_new.tolist(), member_ids)
        self._write_truth(drawn, leaves, is_new.tolist(), member_ids)
        self.contract_writer.write(member_ids, _number(drawn.index), contracts, freezes, dues)
        self._write_visits(visits, member_ids)
        refresh_member_words(self.session, self.rows.gym_id, compress(member_ids, is_new.tolist()))

    def _identify(self, drawn: MemberDraws, is_new: Bools) -> list[int]:
        """The key of each member; those who joined in the window get a new one."""
        known = len(drawn.index) - int(is_new.sum())
        fresh = reserve_ids(self.session, "customers", "customer_id", len(drawn.index) - known)
        if known == 0:
            return fresh
        # Numbers follow the order of joining, so the known ones come first.
        numbers = _number(drawn.index[:known])
        rows = self.session.execute(
            select(Member.number, Member.member_id).where(
                Member.in_gym(self.rows.gym_id), Member.number.in_(numbers)
            )
        )
        found = {row.number: row.member_id for row in rows}
        return [found[number] for number in numbers] + fresh

    def _write_people(self, drawn: MemberDraws, is_new: list[bool], member_ids: list[int]) -> None:
        if not any(is_new):
            return
        people = make_people(self.profile, self.seed, drawn)
        copy_rows(
            self.session,
            "customers",
            (
                "customer_id", "gym_id", "number", "name", "name_key", "email", "email_key",
                "phone", "phone_e164", "birth_date", "gender", "join_date", "trainer_id",
                "email_consent", "email_consent_source", "email_consent_at",
            ),
            (
                self._format_person(person, member_id, join_day)
                for person, member_id, join_day, joins in zip(
                    people, member_ids, drawn.join_days.tolist(), is_new, strict=True
                )
                if joins
            ),
        )  # fmt: skip

    def _format_person(self, person: Person, member_id: int, join_day: int) -> tuple[object, ...]:
        has_said = person.email_consent != "unknown"
        return (
            member_id,
            self.rows.gym_id,
            person.number,
            person.name,
            fold(person.name),
            person.email,
            None if person.email is None else key_of_address(person.email),
            person.phone,
            to_e164(person.phone, region_of_zone(self.profile.timezone)),
            to_date(person.birth_day),
            person.gender,
            to_date(join_day),
            None if person.coach is None else self.rows.trainer_ids[person.coach],
            person.email_consent,
            "sign-up form" if has_said else None,
            self.window.to_instant(join_day, 8 * 60) if has_said else None,
        )

    def _write_truth(
        self, drawn: MemberDraws, leaves: Ints, is_new: list[bool], member_ids: list[int]
    ) -> None:
        rows = []
        for position, member_id in enumerate(member_ids):
            if not is_new[position]:
                continue
            fades = drawn.ending[position] == Ending.FADES
            rows.append(
                {
                    "gym_id": self.rows.gym_id,
                    "member_id": member_id,
                    "seed": self.seed,
                    "habit": HABIT_NAMES[int(drawn.habit[position])],
                    "weekly_rate": round(float(drawn.weekly_rate[position]), 4),
                    "fades_on": to_date(int(drawn.engaged_until[position])) if fades else None,
                    "stops_on": to_date(int(drawn.stops_on[position])),
                    "leaves_on": to_date(int(leaves[position])),
                }
            )
        if rows:
            self.session.execute(insert(SimulationTruth), rows)

    def _write_visits(self, visits: Visits, member_ids: list[int]) -> None:
        window = self.window
        if len(visits.member) == 0:
            return
        since = -(2**60) if window.since is None else int(window.since.timestamp())
        until = int(window.until.timestamp())
        enters = window.to_utc(visits.day, visits.second)
        leaves = enters + visits.stay
        member = np.array(member_ids, dtype=np.int64)[visits.member]
        has_left = visits.has_check_out & (leaves <= until)
        is_new = (enters > since) & (enters <= until)
        self._copy_visits(
            member[is_new], enters[is_new], leaves[is_new], has_left[is_new],
            visits.is_other_entry[is_new],
        )  # fmt: skip
        inside = (enters <= since) & (leaves > since) & has_left
        if inside.any():
            self.session.execute(
                text(
                    "update attendance set check_out = :check_out where gym_id = :gym_id"
                    " and customer_id = :member_id and check_in = :check_in and check_out is null"
                ),
                [
                    {
                        "gym_id": self.rows.gym_id,
                        "member_id": member_id,
                        "check_in": datetime.fromtimestamp(enter, UTC),
                        "check_out": datetime.fromtimestamp(leave, UTC),
                    }
                    for member_id, enter, leave in zip(
                        member[inside].tolist(),
                        enters[inside].tolist(),
                        leaves[inside].tolist(),
                        strict=True,
                    )
                ],
            )

    def _copy_visits(
        self, member: Ints, enters: Ints, leaves: Ints, has_left: Bools, other: Bools
    ) -> None:
        gym_id, entry = self.rows.gym_id, self.profile.entry
        starts = np.datetime_as_string(enters.astype("datetime64[s]"), timezone="UTC")
        ends = np.datetime_as_string(leaves.astype("datetime64[s]"), timezone="UTC")
        ends = np.where(has_left, ends, "\\N")
        location_id = "\\N" if self.location_id is None else self.location_id
        methods = np.where(other, "app" if entry == "door" else "door", entry)
        lines = [
            f"{gym_id}\t{member_id}\t{start}\t{end}\t{method}\t{location_id}"
            for member_id, start, end, method in zip(
                member.tolist(), starts.tolist(), ends.tolist(), methods.tolist(), strict=True
            )
        ]
        self.visits += copy_lines(
            self.session,
            "attendance",
            ("gym_id", "customer_id", "check_in", "check_out", "method", "location_id"),
            lines,
        )


def _number(index: Ints) -> list[str]:
    """The members' numbers, as on their cards."""
    return [f"{place + 1:05d}" for place in index.tolist()]
