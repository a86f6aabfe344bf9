from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.members.notes.errors import NoteNotFound
from db.base import AnyRow
from db.models import MemberNote, User


class NoteRepository(Repository[MemberNote]):
    """The notes about one member."""

    model = MemberNote
    not_found = NoteNotFound

    def __init__(self, session: Session, gym_id: int, *, member_id: int) -> None:
        super().__init__(session, gym_id)
        self.member_id = member_id

    def is_own(self) -> ColumnElement[bool]:
        return super().is_own() & (MemberNote.member_id == self.member_id)

    def list_page(self, page: PageRequest) -> tuple[Sequence[AnyRow], int]:
        """Newest first: rows of `MemberNote` and the author's name."""
        query = (
            select(MemberNote, User.name.label("author"))
            .outerjoin(
                User, (User.gym_id == MemberNote.gym_id) & (User.user_id == MemberNote.author_id)
            )
            .order_by(MemberNote.created_at.desc(), MemberNote.note_id.desc())
        )
        return self.paginate_rows(query, page, self.is_own(), counted=MemberNote)

    def get_author(self, note: MemberNote) -> str | None:
        return self.session.scalar(
            select(User.name).where(User.gym_id == self.gym_id, User.user_id == note.author_id)
        )
