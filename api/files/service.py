"""Files that are kept: the photo and the documents of a member, and the logo of a gym.

Whoever keeps a picture makes it anew first (`api.kit.pictures`). A gym's logo is
`put(session, gym, FileKind.GYM_LOGO, None, ...)`: one for each gym, as a photo is one for each
member, so that putting another replaces it.
"""

import hashlib

from sqlalchemy.orm import Session

from api.files.errors import DocumentRefused
from api.files.repository import FileRepository
from api.files.upload import SentFile
from api.kit.pictures import PictureFormat, PictureRefused, remake_picture
from api.kit.principal import Principal
from db.models import File, FileKind

PDF = "application/pdf"
LONGEST_DOCUMENT = 3000
"""Pixels of a scanned page: enough to read what is written small."""


def put(
    session: Session,
    caller: Principal,
    kind: FileKind,
    member_id: int | None,
    sent: SentFile,
    *,
    longest: int,
    into: PictureFormat,
    on_white: bool = False,
) -> File:
    """Keep the only picture of its kind in the place of the one before. Raises `PictureRefused`."""
    content = remake_picture(sent.content, longest=longest, into=into, on_white=on_white)
    files = FileRepository(session, caller.gym_id)
    before = files.find(kind, member_id)
    if before is not None:
        files.delete(before)
    return _keep(files, caller, kind, member_id, sent.name, content, into)


def add_document(
    session: Session, caller: Principal, kind: FileKind, member_id: int, sent: SentFile
) -> File:
    """Keep a PDF as it is, or a picture made anew. Raises `DocumentRefused`."""
    files = FileRepository(session, caller.gym_id)
    if sent.content.startswith(b"%PDF-"):
        return _keep(files, caller, kind, member_id, sent.name, sent.content, PDF)
    try:
        content = remake_picture(sent.content, longest=LONGEST_DOCUMENT, into=PictureFormat.JPEG)
    except PictureRefused as error:
        raise DocumentRefused from error
    return _keep(files, caller, kind, member_id, sent.name, content, PictureFormat.JPEG)


def _keep(
    files: FileRepository,
    caller: Principal,
    kind: FileKind,
    member_id: int | None,
    name: str,
    content: bytes,
    content_type: str,
) -> File:
    file = File(
        gym_id=caller.gym_id,
        kind=kind,
        member_id=member_id,
        name=name,
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by=caller.user_id,
    )
    files.add(file, content)
    return file


def name_download(file: File) -> str:
    """Made by us: what the sender called it is part of no header and no path."""
    ending = {PDF: "pdf"}.get(file.content_type, file.content_type.rpartition("/")[2])
    return f"{file.kind.replace('_', '-')}-{file.file_id}.{ending}"
