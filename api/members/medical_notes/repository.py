from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, literal, select
from sqlalchemy.dialects.postgresql import insert

from api.kit.pagination import PageRequest
from api.kit.repository import GymQueries
from db.base import AnyRow
from db.models import MedicalNote, MedicalNoteRead, User


class MedicalNoteRepository(GymQueries):
    def find(self, member_id: int) -> AnyRow | None:
        """`MedicalNote` and the name of who wrote it."""
        query = (
            select(MedicalNote, User.name.label("writer"))
            .join(
                User, (User.gym_id == MedicalNote.gym_id) & (User.user_id == MedicalNote.written_by)
            )
            .where(MedicalNote.in_gym(self.gym_id), MedicalNote.member_id == member_id)
        )
        return self.session.execute(query).one_or_none()

    def write(self, member_id: int, sealed: str, *, written_by: int, now: datetime) -> None:
        values = {"sealed": sealed, "written_by": written_by, "written_at": now}
        row = {"gym_id": self.gym_id, "member_id": member_id}
        self.session.execute(
            insert(MedicalNote)
            .values(**row, **values)
            .on_conflict_do_update(index_elements=["gym_id", "customer_id"], set_=values)
        )

    def delete(self, member_id: int) -> None:
        self.session.execute(
            delete(MedicalNote).where(
                MedicalNote.in_gym(self.gym_id), MedicalNote.member_id == member_id
            )
        )

    def log_read(self, member_id: int, *, reader_id: int, now: datetime) -> None:
        self.session.add(
            MedicalNoteRead(
                gym_id=self.gym_id, member_id=member_id, reader_id=reader_id, read_at=now
            )
        )
        self.session.flush()

    def log_reading_all(self, reader_id: int, *, now: datetime) -> None:
        opened = select(
            MedicalNote.gym_id, MedicalNote.member_id, literal(reader_id), literal(now)
        ).where(MedicalNote.in_gym(self.gym_id))
        read = MedicalNoteRead
        columns = [read.gym_id, read.member_id, read.reader_id, read.read_at]
        self.session.execute(insert(read).from_select(columns, opened))

    def list_reads(self, member_id: int, page: PageRequest) -> tuple[Sequence[AnyRow], int]:
        """Newest first: `MedicalNoteRead` and the reader's name."""
        query = (
            select(MedicalNoteRead, User.name.label("reader"))
            .join(
                User,
                (User.gym_id == MedicalNoteRead.gym_id)
                & (User.user_id == MedicalNoteRead.reader_id),
            )
            .order_by(MedicalNoteRead.read_id.desc())
        )
        own = (MedicalNoteRead.in_gym(self.gym_id), MedicalNoteRead.member_id == member_id)
        return self.paginate_rows(query, page, *own, counted=MedicalNoteRead)
