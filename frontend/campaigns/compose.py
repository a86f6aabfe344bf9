"""Writing to the chosen members: template, live preview, who is left out, send."""

import hashlib
import json
import uuid
from typing import Any

import streamlit as st

from frontend.campaigns import client as campaigns_api
from frontend.campaigns.mail_blocks import skipped_lines
from frontend.campaigns.selection import selection
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import OrganizationDetail, Preview, TabChoice, TemplateItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal, showing_errors
from frontend.kit.formats import member_name, plain, whole
from frontend.kit.i18n import count, t
from frontend.organizations import client as organizations_api
from frontend.organizations.address_confirmation import (
    address_of_replies,
    awaits_confirmation,
    link_button,
)

_OPEN = "compose_for"
_KEY = "compose_send_key"


def open_compose(chosen: list[int] | int, *, in_bulk: bool = False) -> None:
    """To members, or to a saved audience, by id. `in_bulk`: they were not chosen one by one, so
    those long away are left out unless included."""
    st.session_state[_OPEN] = (chosen, in_bulk)
    st.session_state.pop(_KEY, None)


def close_compose() -> None:
    st.session_state.pop(_OPEN, None)


def compose_if_open(*, tab: TabChoice | None = None) -> None:
    """Draws the dialog while it is open; `tab` is the list of members at risk that it opens on."""
    if st.session_state.get(_OPEN):
        draw = st.dialog(
            t("Write an email"), width="large", icon=":material/mail:", on_dismiss=close_compose
        )(_dialog)
        draw(tab)


def _send_key(mail: dict[str, Any]) -> str:
    """The same for every press of Send on the same mail, so that a double press sends once."""
    content = hashlib.sha256(json.dumps(mail, sort_keys=True).encode()).hexdigest()
    known = st.session_state.get(_KEY)
    if not known or known[0] != content:
        known = st.session_state[_KEY] = (content, uuid.uuid4().hex)
    return str(known[1])


def _dialog(tab: TabChoice | None) -> None:
    with showing_errors():
        chosen, in_bulk = st.session_state[_OPEN]
        _body(chosen, in_bulk, tab)


def _body(chosen: list[int] | int, in_bulk: bool, tab: TabChoice | None) -> None:
    templates = campaigns_api.list_templates()
    left, right = st.columns(2, gap="medium")
    with left:
        name, subject, body = _text(templates, tab)
    to = {"audience_id": chosen} if isinstance(chosen, int) else {"member_ids": chosen}
    mail: dict[str, Any] = {**to, "subject": subject, "body": body}
    if in_bulk:
        mail["include_dormant"] = bool(st.session_state.get("compose_dormant"))
    try:
        preview = campaigns_api.preview(mail)
    except ApiError as error:
        refusal(error)
        return
    with right:
        _preview(mail, preview)
    for note in preview["notes"]:
        st.warning(plain(note), icon=":material/history:")
    # Each in a place of its own: what comes and goes must not move the buttons below it.
    with st.container(gap="small"):
        _left_out(preview, asked=bool(mail.get("include_dormant")))
    with st.container(gap="small"):
        for problem in preview["problems"]:
            st.error(plain(problem["text"]), icon=":material/edit_note:")
    _footer({**mail, "name": name}, preview, organizations_api.read())


def _text(templates: list[TemplateItem], tab: TabChoice | None) -> tuple[str, str, str]:
    """Name, subject and message of the mail as it stands."""
    known = {template["key"]: template for template in templates}
    first = next((n for n, one in enumerate(templates) if tab and one["tab"] == tab), 0)
    key = st.selectbox(
        t("Start from"),
        list(known),
        index=first,
        format_func=lambda name: known[name]["name"],
        key="compose_template",
    )
    chosen = known[key]
    subject = st.text_input(
        t("Subject"),
        chosen["subject"],
        key=f"compose_subject_{key}",
        max_chars=MAX_LENGTH["CampaignCreate"]["subject"],
        live=True,
    )
    fields = [
        f"`{field['field']}` {field['description']}" for field in campaigns_api.list_merge_fields()
    ]
    body = st.text_area(
        t("Message"),
        chosen["body"],
        key=f"compose_body_{key}",
        height=270,
        help=t("Filled in for each member:") + "\n- " + "\n- ".join(fields),
    )
    return chosen["name"], subject or "", body or ""


def _preview(mail: dict[str, Any], preview: Preview) -> None:
    previews, will_send = preview["previews"], preview["will_send"]
    st.markdown(f"**{t('Preview')}**")
    if not previews:
        with st.container(border=True):
            st.caption(t("Nobody would get this mail."))
        return
    last = min(will_send, 50)
    number = st.pagination(last, key="compose_preview", max_visible_pages=5) if last > 1 else 1
    size = len(previews)
    if number > size:
        previews = campaigns_api.preview({**mail, "page": (number - 1) // size + 1})["previews"]
    mail_shown = previews[min((number - 1) % size, len(previews) - 1)]
    with st.container(border=True, key="compose_mail"):
        to = member_name(mail_shown["name"], None)
        st.markdown(f":small[{t('To')} {plain(to)} ‹{plain(mail_shown['to'])}›]")
        st.markdown(f"**{plain(mail_shown['subject'].strip())}**")
        st.text(mail_shown["body"])


def _left_out(preview: Preview, *, asked: bool) -> None:
    skipped = {reason: number for reason, number in preview["skipped"].items() if number}
    if sum(skipped.values()):
        with st.container(border=True, gap="xsmall", key="compose_skipped"):
            total = sum(skipped.values())
            heading = count(
                total, "{n} of {all} is left out", "{n} of {all} are left out",
                all=whole(preview['total']),
            )  # fmt: skip
            st.markdown(f":material/person_off: **{heading}**")
            st.caption(" · ".join(skipped_lines(skipped)))
            if skipped.get("daily_limit"):
                st.caption(_today(preview))
    if skipped.get("dormant") or asked:
        st.checkbox(
            t("Also write to those who have been away for 60 days or more"),
            key="compose_dormant",
            help=t("They rarely return, and mail they do not expect may be marked as spam."),
        )


def _today(preview: Preview) -> str:
    limit = whole(preview["daily_limit"] or 0)
    now = count(preview["will_send"], "{n} mail goes", "{n} mails go")
    return t(
        "{now} out now, to the first of those you chose. Your gym may send {limit} in 24 hours; "
        "that doubles with each day on which you use it and few mails fail or make "
        "somebody unsubscribe. Write to the others tomorrow.",
        now=now, limit=limit,
    )  # fmt: skip


def _footer(mail: dict[str, Any], preview: Preview, gym: OrganizationDetail) -> None:
    problem = preview["email_problem"]
    with st.container():
        if problem:
            title = t("Mail cannot be sent yet")
            st.warning(plain(problem), icon=":material/mail_off:", title=title)
            if awaits_confirmation(gym):
                link_button(t("Send the link again"))
    number = preview["will_send"]
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        reply_to = address_of_replies(gym)
        st.markdown(f":small[{t('Replies go to {address}.', address=plain(reply_to))}]")
        if st.button(t("Cancel"), key="compose_cancel"):
            close_compose()
            st.rerun()
        pressed = st.button(
            count(number, "Send to {n} member", "Send to {n} members"),
            type="primary",
            icon=":material/send:",
            key="compose_send",
            disabled=not number or bool(preview["problems"]) or bool(problem),
        )
    if pressed:
        _send(mail)


def _send(mail: dict[str, Any]) -> None:
    try:
        campaign = campaigns_api.send(mail, key=_send_key(mail))
    except ApiError as error:
        refusal(error)
        return
    st.session_state["campaign_under_way"] = campaign["campaign_id"]
    selection().clear()
    close_compose()
    st.rerun()
