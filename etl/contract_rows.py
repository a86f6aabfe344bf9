"""Write the contracts of a demo gym's members: memberships, freezes, payments and the ledger."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from etl.bulk_insert import copy_rows, reserve_ids
from etl.simulated_contracts import Contract, Due, Freeze
from etl.time_window import Window, to_date


class ContractWriter:
    """Writes one gym's window, some members at a time, in the caller's transaction."""

    def __init__(
        self, session: Session, gym_id: int, plan_ids: list[int], currency: str, window: Window
    ) -> None:
        self.session = session
        self.gym_id = gym_id
        self.plan_ids = plan_ids
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
        ids = self._write_contracts(contracts, member_ids)
        self._write_freezes(freezes, ids, member_ids)
        self._write_money(dues, ids, member_ids, numbers)

    def _write_contracts(
        self, contracts: list[Contract], member_ids: list[int]
    ) -> dict[tuple[int, int], int]:
        """Write new memberships and changes of older ones; return keys by member and start."""
        before, limit = self.window.known_before, self.window.known_until
        fresh = [contract for contract in contracts if contract.known_on > before]
        reserved = reserve_ids(self.session, "memberships", "membership_id", len(fresh))
        lines = []
        ids: dict[tuple[int, int], int] = {}
        for contract, membership_id in zip(fresh, reserved, strict=True):
            member_id = member_ids[contract.member]
            ends_on, cancelled_on, reason = contract.state_on(limit)
            ids[contract.member, contract.starts_on] = membership_id
            lines.append(
                (
                    membership_id, self.gym_id, member_id, self.plan_ids[contract.plan],
                    to_date(contract.starts_on), to_date(ends_on), contract.yearly_price,
                    to_date(cancelled_on), reason,
                )
            )  # fmt: skip
        copy_rows(
            self.session,
            "memberships",
            (
                "membership_id", "gym_id", "customer_id", "package_id", "starts_on", "ends_on",
                "yearly_price", "cancelled_on", "cancel_reason",
            ),
            lines,
        )  # fmt: skip
        if len(fresh) < len(contracts):
            ids |= self._find_contracts(member_ids)
            self._end_contracts(contracts, ids)
        return ids

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
                    }
                )
        if changes:
            # What the gym itself changed since stays as it is.
            self.session.execute(
                text(
                    "update memberships set ends_on = :ends_on, cancelled_on = :cancelled_on,"
                    " cancel_reason = :reason, updated_at = now() where gym_id = :gym_id"
                    " and membership_id = :membership_id and cancelled_on is null"
                ),
                changes,
            )

    def _write_freezes(
        self, freezes: list[Freeze], ids: dict[tuple[int, int], int], member_ids: list[int]
    ) -> None:
        copy_rows(
            self.session,
            "membership_freezes",
            ("gym_id", "membership_id", "customer_id", "starts_on", "ends_on", "reason"),
            (
                (
                    self.gym_id,
                    ids[freeze.member, freeze.contract.starts_on],
                    member_ids[freeze.member],
                    to_date(freeze.starts_on),
                    to_date(freeze.ends_on),
                    "At the member's request",
                )
                for freeze in freezes
                if freeze.starts_on > self.window.known_before
            ),
        )

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
