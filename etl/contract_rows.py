"""Write the contracts of a demo gym's members: memberships, freezes, payments and the ledger."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.limits import LATEST_DAY
from core.memberships.facts import DAY, Span, add_months
from db.membership_facts import add_due_terms, list_maybe_due
from db.models import LeavingReason
from etl.bulk_insert import copy_rows, reserve_ids
from etl.demo_gyms import PlanOffer
from etl.simulated_contracts import Contract, Due, Freeze
from etl.time_window import Window, to_date

LEAVING_REASONS = {
    "No time": LeavingReason.NO_TIME,
    "Too expensive": LeavingReason.TOO_EXPENSIVE,
    "Not using it": LeavingReason.NOT_USING,
    "Injury": LeavingReason.HEALTH,
    "Changed gym": LeavingReason.OTHER_GYM,
    "Moving away": LeavingReason.MOVING,
}
"""The list's word for what a member of a demo gym says."""


class ContractWriter:
    """Writes one gym's window, some members at a time, in the caller's transaction."""

    def __init__(
        self,
        session: Session,
        gym_id: int,
        plan_ids: list[int],
        offers: Sequence[PlanOffer],
        currency: str,
        window: Window,
    ) -> None:
        self.session = session
        self.gym_id = gym_id
        self.plan_ids = plan_ids
        self.offers = offers
        self.currency = currency
        self.window = window

    def write(
        self,
        member_ids: list[int],
        numbers: list[str],
        contracts: list[Contract],
        freezes: list[Freeze],
        dues: list[Due],
    ) -> None:
        """Write what is new of these members; `numbers` are the gym's own, as on their cards."""
        frozen = {freeze.contract for freeze in freezes}
        ids = self._write_contracts(contracts, member_ids, frozen)
        self._write_freezes(freezes, ids, member_ids)
        self._write_terms()
        self._write_money(dues, ids, member_ids, numbers)

    def _write_contracts(
        self, contracts: list[Contract], member_ids: list[int], frozen: set[Contract]
    ) -> dict[tuple[int, int], int]:
        """Write new memberships and changes of older ones; return keys by member and start."""
        before, limit = self.window.known_before, self.window.known_until
        fresh = [contract for contract in contracts if contract.known_on > before]
        reserved = reserve_ids(self.session, "memberships", "membership_id", len(fresh))
        covered = self._find_covered(member_ids) if len(fresh) < len(contracts) else {}
        lines, terms = [], []
        ids: dict[tuple[int, int], int] = {}
        for contract, membership_id in zip(fresh, reserved, strict=True):
            member_id = member_ids[contract.member]
            ends_on, cancelled_on, reason = contract.state_on(limit)
            days = Span(to_date(contract.starts_on), to_date(contract.ends_on) + DAY)
            months, paid_until = self._find_term(contract, days, contract in frozen)
            ids[contract.member, contract.starts_on] = membership_id
            lines.append(
                (
                    membership_id, self.gym_id, member_id, self.plan_ids[contract.plan],
                    days.start, to_date(ends_on), contract.yearly_price, months, paid_until,
                    contract.is_open_ended, to_date(cancelled_on),
                    None if cancelled_on is None else to_date(ends_on), reason,
                    LEAVING_REASONS.get(reason or ""),
                    any(days.shares_days(other) for other in covered.get(member_id, ())),
                )
            )  # fmt: skip
            if months is not None and not contract.is_open_ended:
                price = contract.yearly_price * months // 12
                known_on = to_date(contract.known_on)
                terms.append((self.gym_id, membership_id, 1, price, known_on))
        copy_rows(
            self.session,
            "memberships",
            (
                "membership_id", "gym_id", "customer_id", "package_id", "starts_on", "ends_on",
                "yearly_price", "months", "paid_until", "renews_automatically", "cancelled_on",
                "last_day", "cancel_reason", "leaving_reason", "may_overlap",
            ),
            lines,
        )  # fmt: skip
        copy_rows(
            self.session,
            "membership_terms",
            ("gym_id", "membership_id", "term", "price", "renewed_on"),
            terms,
        )
        if len(fresh) < len(contracts):
            ids |= self._find_contracts(member_ids)
            self._end_contracts(contracts, ids)
        return ids

    def _find_term(
        self, contract: Contract, days: Span, is_frozen: bool
    ) -> tuple[int | None, date | None]:
        """Months of a term, and until when those written now are paid. Where the simulation's days
        are not those of a term, because it rested or began at the end of a month, its end is only
        stated."""
        months = self.offers[contract.plan].duration_months
        if contract.is_open_ended:
            return months, days.start - DAY  # its terms follow by `_write_terms`
        is_term = not is_frozen and add_months(days.start, months) == days.end
        return (months if is_term else None), days.last

    def _find_covered(self, member_ids: list[int]) -> dict[int, list[Span]]:
        """The days that members have memberships for: what the gym did itself since may stand in
        the way of what the simulation goes on with."""
        covered: dict[int, list[Span]] = {}
        for member_id, starts_on, ends_on in self.session.execute(
            text(
                "select customer_id, starts_on, coalesce(ends_on, :latest) from memberships"
                " where gym_id = :gym_id and customer_id = any(:ids)"
            ),
            {"gym_id": self.gym_id, "ids": member_ids, "latest": LATEST_DAY},
        ):
            covered.setdefault(member_id, []).append(Span(starts_on, ends_on + DAY))
        return covered

    def _find_contracts(self, member_ids: list[int]) -> dict[tuple[int, int], int]:
        position = {member_id: number for number, member_id in enumerate(member_ids)}
        found = self.session.execute(
            text(
                "select customer_id, starts_on - date '1970-01-01', membership_id from memberships"
                " where gym_id = :gym_id and customer_id = any(:ids)"
            ),
            {"gym_id": self.gym_id, "ids": member_ids},
        )
        return {(position[member_id], starts): key for member_id, starts, key in found}

    def _end_contracts(self, contracts: list[Contract], ids: dict[tuple[int, int], int]) -> None:
        before, limit = self.window.known_before, self.window.known_until
        changes = []
        for contract in contracts:
            state = contract.state_on(limit)
            if contract.known_on <= before and state != contract.state_on(before):
                ends_on, cancelled_on, reason = state
                changes.append(
                    {
                        "gym_id": self.gym_id,
                        "membership_id": ids[contract.member, contract.starts_on],
                        "ends_on": to_date(ends_on),
                        "cancelled_on": to_date(cancelled_on),
                        "reason": reason,
                        "leaving_reason": LEAVING_REASONS.get(reason or ""),
                    }
                )
        if changes:
            # What the gym itself changed since stays as it is.
            self.session.execute(
                text(
                    "update memberships set ends_on = :ends_on, last_day = :ends_on,"
                    " cancelled_on = :cancelled_on, cancel_reason = :reason,"
                    " leaving_reason = :leaving_reason, updated_at = now() where gym_id = :gym_id"
                    " and membership_id = :membership_id and last_day is null"
                ),
                changes,
            )

    def _write_freezes(
        self, freezes: list[Freeze], ids: dict[tuple[int, int], int], member_ids: list[int]
    ) -> None:
        fresh = [freeze for freeze in freezes if freeze.starts_on > self.window.known_before]
        keys = [ids[freeze.member, freeze.contract.starts_on] for freeze in fresh]
        there = self._find_freezes(keys)
        copy_rows(
            self.session,
            "membership_freezes",
            ("gym_id", "membership_id", "customer_id", "starts_on", "ends_on", "reason"),
            (
                (
                    self.gym_id, key, member_ids[freeze.member], to_date(freeze.starts_on),
                    to_date(freeze.ends_on), "At the member's request",
                )
                for freeze, key in zip(fresh, keys, strict=True)
                if not any(
                    Span(to_date(freeze.starts_on), to_date(freeze.ends_on) + DAY).shares_days(one)
                    for one in there.get(key, ())
                )
            ),
        )  # fmt: skip
        in_gym = {"gym_id": self.gym_id, "ids": keys}
        # A term would be stretched; the simulation's end is stated, and stays.
        for statement in (
            "delete from membership_terms t using memberships m where m.gym_id = :gym_id"
            " and m.membership_id = any(:ids) and not m.renews_automatically"
            " and t.gym_id = m.gym_id and t.membership_id = m.membership_id",
            "update memberships set months = null where gym_id = :gym_id"
            " and membership_id = any(:ids) and not renews_automatically and months is not null",
        ):
            self.session.execute(text(statement), in_gym)

    def _find_freezes(self, membership_ids: list[int]) -> dict[int, list[Span]]:
        """Those that the gym itself made since."""
        found: dict[int, list[Span]] = {}
        for membership_id, starts_on, ends_on in self.session.execute(
            text(
                "select membership_id, starts_on, ends_on from membership_freezes"
                " where gym_id = :gym_id and membership_id = any(:ids)"
            ),
            {"gym_id": self.gym_id, "ids": membership_ids},
        ):
            found.setdefault(membership_id, []).append(Span(starts_on, ends_on + DAY))
        return found

    def _write_terms(self) -> None:
        """Those that have come due of what renews by itself."""
        day, after = to_date(self.window.known_until), 0
        while due := list_maybe_due(self.session, self.gym_id, day, after=after):
            add_due_terms(self.session, self.gym_id, due, day)
            after = max(due)

    def _write_money(
        self,
        dues: list[Due],
        ids: dict[tuple[int, int], int],
        member_ids: list[int],
        numbers: list[str],
    ) -> None:
        before, limit = self.window.known_before, self.window.known_until
        fresh = [due for due in dues if due.due_on > before]
        reserved = reserve_ids(self.session, "payments", "payment_id", len(fresh))
        payment_ids = {
            (due.member, due.due_on): key for due, key in zip(fresh, reserved, strict=True)
        }
        copy_rows(
            self.session,
            "payments",
            (
                "payment_id", "gym_id", "customer_id", "membership_id", "amount", "currency",
                "due_on", "state", "attempted_at", "failure_reason",
            ),
            (
                (
                    key, self.gym_id, member_ids[due.member],
                    ids[due.member, due.contract.starts_on], due.amount, self.currency,
                    to_date(due.due_on), *self._describe(due),
                )
                for due, key in zip(fresh, reserved, strict=True)
            ),
        )  # fmt: skip
        retried = [
            due
            for due in dues
            if due.due_on <= before and due.state_on(limit) != due.state_on(before)
        ]
        if retried:
            payment_ids |= self._retry(retried, member_ids)
        copy_rows(
            self.session,
            "transactions",
            (
                "gym_id", "customer_id", "amount", "date", "currency", "kind", "source",
                "external_id", "payment_id",
            ),
            (
                (
                    self.gym_id, member_ids[due.member], due.amount, to_date(due.paid_on),
                    self.currency, "payment", "demo",
                    f"{numbers[due.member]}-{to_date(due.due_on)}",
                    payment_ids[due.member, due.due_on],
                )
                for due in dues
                if due.paid_on is not None and before < due.paid_on <= limit
            ),
        )  # fmt: skip

    def _describe(self, due: Due) -> tuple[str, datetime, str | None]:
        state, day = due.state_on(self.window.known_until)
        attempted_at = self.window.to_instant(day, due.minute)
        return state, attempted_at, due.failure_reason if state == "failed" else None

    def _retry(self, dues: list[Due], member_ids: list[int]) -> dict[tuple[int, int], int]:
        found: dict[tuple[int, int], int] = {}
        statement = text(
            "update payments set state = :state, attempted_at = :attempted_at,"
            " failure_reason = :reason, updated_at = now()"
            " where gym_id = :gym_id and customer_id = :member_id and due_on = :due_on"
            " returning payment_id"
        )
        for due in dues:
            state, attempted_at, reason = self._describe(due)
            found[due.member, due.due_on] = self.session.execute(
                statement,
                {
                    "gym_id": self.gym_id,
                    "member_id": member_ids[due.member],
                    "due_on": to_date(due.due_on),
                    "state": state,
                    "attempted_at": attempted_at,
                    "reason": reason,
                },
            ).scalar_one()
        return found
