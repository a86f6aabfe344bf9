from collections.abc import Sequence

from sqlalchemy import ColumnElement, delete, select

from api.kit.pagination import PageRequest
from api.kit.repository import GymQueries
from db.base import AnyRow
from db.models import File, FileContent, FileKind, User


class FileRepository(GymQueries):
    """The files of one kind, of one member or of the gym itself."""

    def find(
        self, kind: FileKind, member_id: int | None, file_id: int | None = None
    ) -> File | None:
        query = select(File).where(*self._own(kind, member_id))
        if file_id is not None:
            query = query.where(File.file_id == file_id)
        return self.session.scalar(query)

    def read_content(self, file: File) -> bytes:
        content = self.find_content(file)
        assert content is not None, "the file has no bytes"
        return content

    def find_content(self, file: File) -> bytes | None:
        """None for a file that an archive brought in without its bytes."""
        return self.session.scalar(
            select(FileContent.content).where(
                FileContent.in_gym(self.gym_id), FileContent.file_id == file.file_id
            )
        )

    def add(self, file: File, content: bytes) -> None:
        self.session.add(file)
        self.session.flush()
        self.session.add(FileContent(gym_id=self.gym_id, file_id=file.file_id, content=content))
        self.session.flush()

    def delete(self, file: File) -> None:
        self.session.execute(
            delete(File).where(File.in_gym(self.gym_id), File.file_id == file.file_id)
        )

    def count_files(self, kind: FileKind, member_id: int | None) -> int:
        return self.count(File, *self._own(kind, member_id))

    def list_page(
        self, kind: FileKind, member_id: int | None, page: PageRequest
    ) -> tuple[Sequence[AnyRow], int]:
        """Newest first: `File` and the name of who sent it."""
        query = (
            select(File, User.name.label("sender"))
            .join(User, (User.gym_id == File.gym_id) & (User.user_id == File.uploaded_by))
            .order_by(File.file_id.desc())
        )
        return self.paginate_rows(query, page, *self._own(kind, member_id), counted=File)

    def _own(self, kind: FileKind, member_id: int | None) -> tuple[ColumnElement[bool], ...]:
        return (File.in_gym(self.gym_id), File.kind == kind, File.member_id == member_id)
