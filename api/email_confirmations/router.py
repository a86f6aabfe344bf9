from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import HTMLResponse

from api.deps import NowDep, SessionDep
from api.email_confirmations import page, service

router = APIRouter(
    default_response_class=HTMLResponse,
    responses={
        404: {"description": "The link is of no mail", "content": {"text/html": {}}},
        410: {"description": "The link has expired", "content": {"text/html": {}}},
    },
)

Token = Annotated[str, Path(description="The secret in a mail's link")]


@router.get("/{token}", summary="Ask before confirming an address")
def show_page(session: SessionDep, now: NowDep, token: Token) -> HTMLResponse:
    """Changes nothing: mail scanners open every link."""
    return page.show(service.find_link(session, token, now=now))


@router.post("/{token}", summary="Confirm an address")
def confirm_address(session: SessionDep, now: NowDep, token: Token) -> HTMLResponse:
    """Works without signing in, by the page's button: whoever reads the mail has the address."""
    return page.show(service.use_link(session, token, now=now))
