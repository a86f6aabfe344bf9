"""How errors are shown to the owner. An error is never shown as a zero."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

import streamlit as st

from frontend.kit import session
from frontend.kit.client import ApiDown, ApiError, Forbidden, NotFound, Refused, SignedOut
from frontend.kit.formats import plain
from frontend.kit.i18n import mark, t

SIGN_IN = "/auth/login"
LANGUAGE = "/auth/language"
FIELDS = {
    "name": mark("Name"),
    "reply_to": mark("Replies go to"),
    "timezone": mark("Time zone"),
    "kind": mark("Kind"),
    "duration_months": mark("Length in months"),
    "duration_days": mark("Length in days"),
    "visits": mark("Visits"),
    "renews_automatically": mark("Renews by itself"),
    "notice_days": mark("Notice period in days"),
    "freeze_days_a_year": mark("Days a year"),
    "freezes_a_year": mark("Times a year"),
    "shortest_freeze_days": mark("Shortest freeze in days"),
    "features": mark("Includes"),
    "capacity": mark("Places"),
    "price": mark("Price"),
    "is_active": mark("Offered"),
    "birth_date": mark("Birth date"),
    "join_date": mark("Joined"),
    "email_consent": mark("Has agreed to receive email"),
    "sms_consent": mark("Has agreed to payment reminders by SMS"),
    "plan_id": mark("Plan"),
    "member_id": mark("Member"),
    "member_ids": mark("Members"),
    "starts_on": mark("First day"),
    "ends_on": mark("Last day"),
    "check_in": mark("Came in"),
    "check_out": mark("Left"),
    "current_password": mark("Current password"),
    "new_password": mark("New password"),
    "lawful_basis": mark("How did they agree?"),
    "debt_grace_days": mark("Days of grace"),
    "absence_days": mark("Days without a visit"),
    "absence_gaps": mark("Times their usual gap"),
    "unpaid_since": mark("First unpaid day"),
    "enforces_access": mark("The desk refuses who may not enter"),
    "override_reason": mark("Let them in because"),
    "location_id": mark("Location"),
    "brand_colour": mark("Colour"),
    "mail_pause_days": mark("Days between two mails to a member"),
    "mail_daily_limit": mark("Campaign mails in a day, at most"),
    "mails_daily_report": mark("Daily report by mail"),
}
"""The dashboard's labels for the API's fields."""
_NOT_A_FIELD = ("", "body", "form", "file", "mapping", "query")
_JSON_NAME = re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def leave(url: str) -> NoReturn:
    """The only way for a script to send the browser elsewhere; `url` is never a user's text."""
    if not url.startswith((SIGN_IN, LANGUAGE)):
        raise ValueError("Only the sign-in page and the choice of a language may be navigated to.")
    st.html(f"<script>window.location.replace({url!r})</script>", unsafe_allow_javascript=True)
    st.caption(t("Taking you there…"))
    st.stop()


def signed_out() -> NoReturn:
    """To the sign-in page, and from there back to where the owner was."""
    session.forget()
    leave(f"{SIGN_IN}?ended=1&next={_here()}")


def change_language(language: str) -> NoReturn:
    """Keep the choice in this browser, and come back to where the owner was."""
    leave(f"{LANGUAGE}?to={language}&next={_here()}")


def _here() -> str:
    here = urlsplit(st.context.url or "")
    target = here.path + (f"?{here.query}" if here.query else "")
    return quote(target or "/", safe="")


def unreachable() -> None:
    with st.container(horizontal_alignment="center", key="unreachable"):
        st.space("large")
        st.header(
            t("We can't reach your data right now"),
            icon=":material/cloud_off:",
            text_alignment="center",
            anchor=False,
        )
        st.markdown(
            t("Nothing is lost. This is usually over in a minute."), text_alignment="center"
        )
        if st.button(t("Try again"), type="primary", icon=":material/refresh:", key="try_again"):
            session.refresh()
            st.rerun()


@contextmanager
def showing_errors() -> Iterator[None]:
    """Turns any failure of the API into something the owner can read and act on."""
    try:
        yield
    except SignedOut:
        signed_out()
    except ApiDown:
        unreachable()
    except Forbidden:
        text = t("Your account may not do this. Ask the owner of the gym.")
        st.error(text, icon=":material/lock:")
    except NotFound:
        nothing_here(
            t("This is not here any more"), t("It may have been removed, or the link is wrong.")
        )
    except ApiError as error:
        refusal(error)


def refusal(error: ApiError) -> None:
    """The API's own reasons for a refusal, field by field where it names fields."""
    if isinstance(error, ApiDown):
        text = (
            t("Too much is going on at once, so nothing was changed. Please try again.")
            if error.code in {"busy", "overloaded"}
            else t("We can't reach the server, so nothing was changed. Please try again.")
        )
        st.error(text, icon=":material/cloud_off:")
        return
    lines = [_line(entry) for entry in error.errors]
    if isinstance(error, Refused) and error.status == 429:
        lines = [t("Too many attempts. Please wait a few minutes and try again.")]
    st.error("  \n".join(lines) or plain(str(error)), icon=":material/error:")


def _line(entry: Mapping[str, Any]) -> str:
    """A mistake under the name that the field has on the page."""
    field = str(entry.get("field", ""))
    words = _JSON_NAME.sub(lambda found: _label(found[0]), str(entry.get("message", "")))
    return plain(words if field in _NOT_A_FIELD else f"{_label(field)}: {words}")


def _label(field: str) -> str:
    parts = [part for part in field.split(".") if not part.isdigit()]
    name = parts[-1] if parts else field
    return t(FIELDS.get(name, name.replace("_", " ").capitalize()))


def nothing_here(
    title: str,
    text: str,
    *,
    icon: str = ":material/search_off:",
    way_on: tuple[str, str] | None = None,
) -> None:
    """`way_on`: the label of the button that leads on, and the page it leads to."""
    with st.container(border=True, horizontal_alignment="center"):
        st.space("medium")
        st.subheader(title, icon=icon, text_alignment="center", anchor=False)
        st.markdown(text, text_alignment="center")
        if way_on:
            label, page = way_on
            if st.button(label, type="primary", icon=":material/arrow_forward:", key="way_on"):
                st.switch_page(page)
        st.space("medium")
