from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.email_confirmations import page, service
from api.kit.deps import NowDep, SessionDep
from api.kit.pages import LinkToken

router = APIRouter(
    default_response_class=HTMLResponse,
    responses={
        404: {"description": "The link is of no mail", "content": {"text/html": {}}},
        410: {"description": "The link has expired", "content": {"text/html": {}}},
    },
)


@router.get("/{token}", summary="Ask before confirming an address")
def show_page(session: SessionDep, now: NowDep, token: LinkToken) -> HTMLResponse:
    """Changes nothing: mail scanners open every link."""
    return page.show(service.find_link(session, token, now=now))


@router.post("/{token}", summary="Confirm an address")
def confirm_address(session: SessionDep, now: NowDep, token: LinkToken) -> HTMLResponse:
    """Works without signing in, by the page's button: reading the mail proves the address."""
    return page.show(service.use_link(session, token, now=now))
