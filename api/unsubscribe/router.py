from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.kit.deps import NowDep, SessionDep
from api.kit.pages import LinkToken
from api.unsubscribe import page
from api.unsubscribe import service as unsubscribe

router = APIRouter(
    default_response_class=HTMLResponse,
    responses={404: {"description": "The link is of no mail", "content": {"text/html": {}}}},
)


@router.get("/{token}", summary="Ask before stopping mails")
def show_page(session: SessionDep, token: LinkToken) -> HTMLResponse:
    """Changes nothing: mail scanners open every link."""
    found = unsubscribe.find(session, token)
    if found is None:
        return page.refuse()
    return page.confirm(found.gym_name, token) if found.is_stopped else page.ask(found.gym_name)


@router.post("/{token}", summary="Stop mails (one click, RFC 8058)")
def stop_mails(session: SessionDep, now: NowDep, token: LinkToken) -> HTMLResponse:
    """Works without signing in, from the page's button and from a mail program alike."""
    found = unsubscribe.find(session, token)
    if found is None:
        return page.refuse()
    unsubscribe.stop(session, found, now=now)
    return page.confirm(found.gym_name, token)


@router.post("/{token}/again", summary="Take back that mails were stopped")
def take_back(session: SessionDep, now: NowDep, token: LinkToken) -> HTMLResponse:
    """By the page's button: only the person who unsubscribed can."""
    found = unsubscribe.find(session, token)
    if found is None:
        return page.refuse()
    unsubscribe.take_back(session, found, now=now)
    return page.welcome(found.gym_name)
