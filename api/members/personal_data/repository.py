"""Reads and erases what `db.personal_data` registers of one member."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, text

from api.kit.repository import GymQueries
from core.text import fold
from db.member_facts import writing_no_facts
from db.models import FileContent
from db.personal_data import FORMER, PERSONAL, Erasing


class PersonalDataRepository(GymQueries):
    def read(self, member_id: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        """Each table that has something about the member, with its rows."""
        for name, table in PERSONAL.items():
            if table.find is None or not table.is_exported:
                continue
            columns = ", ".join(f'"{column}"' for column in table.exported())
            found = self.session.execute(
                text(
                    f"select {columns} from {name} where gym_id = :gym_id and {table.find}"
                    " order by 1, 2"
                ),
                {"gym_id": self.gym_id, "member_id": member_id},
            ).mappings()
            if rows := [dict(row) for row in found]:
                yield name, rows

    def read_file(self, file_id: int) -> bytes:
        return self.session.scalars(
            select(FileContent.content).where(
                FileContent.in_gym(self.gym_id), FileContent.file_id == file_id
            )
        ).one()

    def erase(self, member_id: int) -> None:
        """Everything that tells who they were, of somebody whose standing says so already. No
        figure follows from it."""
        name = f"{FORMER}{member_id}"
        values = {"gym_id": self.gym_id, "member_id": member_id}
        with writing_no_facts(self.session):
            self._erase_rows(values, name)
        self.session.execute(text("select erase_audit(:member_id)"), values)
        self.session.expire_all()

    def _erase_rows(self, values: dict[str, Any], name: str) -> None:
        for table_name, table in PERSONAL.items():
            if table.find is None:
                continue
            where = f"where gym_id = :gym_id and {table.find}"
            if table.loses_rows:
                self.session.execute(text(f"delete from {table_name} {where}"), values)
                continue
            changes = [
                f"{column} = {table.replaced.get(column, 'null')}"
                for column in table.kinds
                if table.erasing(column) is not Erasing.KEEP
            ]
            if changes:
                self.session.execute(
                    text(f"update {table_name} set {', '.join(changes)} {where}"),
                    values | {"name": name, "name_key": fold(name)},
                )
