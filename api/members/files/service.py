"""The photo and the documents of a member."""

from sqlalchemy.orm import Session

from api.files import service as files_service
from api.files.errors import FileNotFound, NoPicture, TooManyFiles
from api.files.repository import FileRepository
from api.files.upload import SentFile
from api.kit.pagination import Page, PageRequest
from api.kit.pictures import PictureFormat
from api.kit.principal import Principal
from api.members.files.schemas import DocumentItem
from api.members.repository import MemberRepository
from api.members.service import check_kept
from core.limits import MAX_DOCUMENTS
from db.models import File, FileKind

LONGEST_PHOTO = 1024
PHOTO, DOCUMENT = FileKind.MEMBER_PHOTO, FileKind.MEMBER_DOCUMENT


def read_photo(session: Session, caller: Principal, member_id: int) -> tuple[File, bytes]:
    """Raises `NoPicture`."""
    files = _files(session, caller, member_id)
    photo = files.find(PHOTO, member_id)
    if photo is None:
        raise NoPicture(member_id)
    return photo, files.read_content(photo)


def put_photo(session: Session, caller: Principal, member_id: int, sent: SentFile) -> None:
    _files(session, caller, member_id, writes=True)
    files_service.put(
        session, caller, PHOTO, member_id, sent, longest=LONGEST_PHOTO, into=PictureFormat.WEBP
    )


def delete_photo(session: Session, caller: Principal, member_id: int) -> None:
    files = _files(session, caller, member_id)
    photo = files.find(PHOTO, member_id)
    if photo is None:
        raise NoPicture(member_id)
    files.delete(photo)


def list_page(
    session: Session, caller: Principal, member_id: int, page: PageRequest
) -> Page[DocumentItem]:
    rows, total = _files(session, caller, member_id).list_page(DOCUMENT, member_id, page)
    items = [_to_item(row.File, row.sender) for row in rows]
    return Page[DocumentItem].of(items, total, page)


def add_document(
    session: Session, caller: Principal, member_id: int, sent: SentFile
) -> DocumentItem:
    files = _files(session, caller, member_id, writes=True)
    if files.count_files(DOCUMENT, member_id) >= MAX_DOCUMENTS:
        raise TooManyFiles(MAX_DOCUMENTS)
    file = files_service.add_document(session, caller, DOCUMENT, member_id, sent)
    return _to_item(file, caller.user.name)


def read_document(
    session: Session, caller: Principal, member_id: int, file_id: int
) -> tuple[File, bytes]:
    """Raises `FileNotFound`."""
    files = _files(session, caller, member_id)
    file = _find(files, member_id, file_id)
    return file, files.read_content(file)


def delete_document(session: Session, caller: Principal, member_id: int, file_id: int) -> None:
    files = _files(session, caller, member_id)
    files.delete(_find(files, member_id, file_id))


def _find(files: FileRepository, member_id: int, file_id: int) -> File:
    file = files.find(DOCUMENT, member_id, file_id)
    if file is None:
        raise FileNotFound(file_id)
    return file


def _files(
    session: Session, caller: Principal, member_id: int, *, writes: bool = False
) -> FileRepository:
    member = MemberRepository(session, caller.gym_id).get_or_refuse(member_id)
    if writes:
        check_kept(member)
    return FileRepository(session, caller.gym_id)


def _to_item(file: File, sender: str) -> DocumentItem:
    return DocumentItem(
        file_id=file.file_id,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        sender=sender,
        created_at=file.created_at,
    )
