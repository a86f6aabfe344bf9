"""The logo of the gym that is signed in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.files.errors import NoPicture
from api.files.service import name_download
from api.files.upload import FORM, SentFile, receive
from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, TooLarge, Unauthorized
from api.kit.file_responses import LOGO_RESPONSES, file_response
from api.kit.permissions import Permission
from api.kit.pictures import PictureRefused
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.uploads import UnreadableForm
from api.organizations.branding import service as branding

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_LOGO))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_GYM))]
Logo = Annotated[SentFile, receive(Permission.EDIT_GYM)]


@router.get(
    "/me/logo",
    summary="Your gym's logo",
    response_class=Response,
    responses=LOGO_RESPONSES | describe(NoPicture),
)
def read_logo(session: SessionDep, caller: Reader) -> Response:
    logo, content = branding.read_logo(session, caller)
    return file_response(content, name_download(logo), logo.content_type)


@router.put(
    "/me/logo",
    status_code=204,
    summary="Put a logo in the place of the one before",
    responses=describe(TooLarge, UnreadableForm, PictureRefused),
    openapi_extra=FORM,
)
def put_logo(session: SessionDep, caller: Editor, sent: Logo) -> Response:
    """A JPEG, PNG or WebP of up to 5 MB and 40 million pixels. It is made anew on white, at most
    320 pixels wide and high: mails and papers are white."""
    branding.put_logo(session, caller, sent)
    return Response(status_code=204)


@router.delete(
    "/me/logo", status_code=204, summary="Delete your gym's logo", responses=describe(NoPicture)
)
def delete_logo(session: SessionDep, caller: Editor) -> Response:
    branding.delete_logo(session, caller)
    return Response(status_code=204)
