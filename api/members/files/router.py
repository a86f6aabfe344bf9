from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.files.errors import DocumentRefused, FileNotFound, NoPicture, TooManyFiles
from api.files.service import name_download
from api.files.upload import FORM, SentFile, receive
from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, TooLarge, Unauthorized
from api.kit.file_responses import FILE_RESPONSES, PICTURE_RESPONSES, file_response
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.pictures import PictureRefused
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.kit.uploads import UnreadableForm
from api.members.errors import NoLongerKept
from api.members.files import service as files
from api.members.files.schemas import DocumentItem
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_MEMBERS))]
Clerk = Annotated[Principal, Depends(Require(Permission.KEEP_DOCUMENTS))]
Photo = Annotated[SentFile, receive(Permission.EDIT_MEMBERS)]
Document = Annotated[SentFile, receive(Permission.KEEP_DOCUMENTS)]


@router.get(
    "/{member_id}/photo",
    summary="The photo of one member",
    response_class=Response,
    responses=PICTURE_RESPONSES | describe(MemberNotFound, NoPicture),
)
def read_photo(session: SessionDep, caller: Reader, member_id: Id) -> Response:
    photo, content = files.read_photo(session, caller, member_id)
    return file_response(content, name_download(photo), photo.content_type)


@router.put(
    "/{member_id}/photo",
    status_code=204,
    summary="Put a photo in the place of the one before",
    responses=describe(MemberNotFound, NoLongerKept, TooLarge, UnreadableForm, PictureRefused),
    openapi_extra=FORM,
)
def put_photo(session: SessionDep, caller: Editor, member_id: Id, sent: Photo) -> Response:
    """A JPEG, PNG or WebP of up to 5 MB and 40 million pixels. What the camera wrote into it, such
    as the place, is not kept."""
    files.put_photo(session, caller, member_id, sent)
    return Response(status_code=204)


@router.delete(
    "/{member_id}/photo",
    status_code=204,
    summary="Delete the photo of one member",
    responses=describe(MemberNotFound, NoPicture),
)
def delete_photo(session: SessionDep, caller: Editor, member_id: Id) -> Response:
    files.delete_photo(session, caller, member_id)
    return Response(status_code=204)


@router.get(
    "/{member_id}/documents",
    summary="Documents of one member, newest first",
    responses=describe(MemberNotFound),
)
def list_documents(
    session: SessionDep, caller: Clerk, page: PageDep, member_id: Id
) -> Page[DocumentItem]:
    return files.list_page(session, caller, member_id, page)


@router.post(
    "/{member_id}/documents",
    status_code=201,
    summary="Keep a document of a member",
    responses=describe(
        MemberNotFound, NoLongerKept, TooManyFiles, TooLarge, UnreadableForm, DocumentRefused
    ),
    openapi_extra=FORM,
)
def add_document(session: SessionDep, caller: Clerk, member_id: Id, sent: Document) -> DocumentItem:
    """A PDF, or a picture (JPEG, PNG, WebP), of up to 5 MB; its content says which, not its
    name."""
    return files.add_document(session, caller, member_id, sent)


@router.get(
    "/{member_id}/documents/{file_id}",
    summary="Download a document",
    response_class=Response,
    responses=FILE_RESPONSES | describe(MemberNotFound, FileNotFound),
)
def read_document(session: SessionDep, caller: Clerk, member_id: Id, file_id: Id) -> Response:
    """Always as an attachment: a browser opens none of it in this site's name."""
    file, content = files.read_document(session, caller, member_id, file_id)
    return file_response(content, name_download(file), file.content_type)


@router.delete(
    "/{member_id}/documents/{file_id}",
    status_code=204,
    summary="Delete a document",
    responses=describe(MemberNotFound, FileNotFound),
)
def delete_document(session: SessionDep, caller: Clerk, member_id: Id, file_id: Id) -> Response:
    files.delete_document(session, caller, member_id, file_id)
    return Response(status_code=204)
