"""A member's own page: the code for the door, the membership, and the visits."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from frontend.kit import session
from frontend.kit.api_types import OwnMember
from frontend.kit.formats import as_date, as_moment, moment, plain, short_day, whole
from frontend.kit.i18n import count, mark_forms, t
from frontend.kit.paging import current_page, pager
from frontend.me import client as me_api
from frontend.members.door_code import current_code, revoke_button
from frontend.memberships.dialogs import move_buttons
from frontend.memberships.parts import OVER, outline

SIZE = 10
PAGE = "page"


def figures(me: OwnMember) -> None:
    last = as_date(me["last_visit"])
    with st.grid(3, min_column_width=150):
        st.metric(t("Visits"), whole(me["visits"]), border=True)
        st.metric(
            t("Weeks in a row"), whole(me["current_weeks"]), border=True,
            help=count(me["longest_weeks"], "Your longest: {n} week", "Your longest: {n} weeks"),
        )  # fmt: skip
        st.metric(t("Last visit"), short_day(last) if last else t("None yet"), border=True)


def own_memberships(me: OwnMember) -> None:
    today = datetime.now(ZoneInfo(session.timezone())).date()
    running = [one for one in me["memberships"] if one["state"] not in OVER]
    for one in running:
        with st.container(border=True):
            outline(one, today)
            move_buttons(one, today)
    if not running:
        st.caption(t("No membership runs now. Ask at the desk."))


def visits() -> None:
    st.subheader(t("Visits"), anchor=False)
    found = me_api.page_visits(page=current_page(PAGE), size=SIZE)
    for visit in found["items"]:
        st.markdown(plain(moment(as_moment(visit["check_in"], session.timezone()))))
    if not found["total"]:
        st.caption(t("None yet"))
    pager(found["total"], SIZE, key=PAGE, forms=mark_forms("{n} visit", "{n} visits"), bound=True)


me = me_api.read()
st.title(t("Hello, {name}", name=plain(me["name"])), anchor=False)
left, right = st.columns([1, 2], gap="large")
with left, st.container(border=True):
    st.caption(t("Show this at the door. Each code is good for half a minute and works once."))
    current_code(me["member_id"])
    revoke_button(me["member_id"])
with right:
    figures(me)
    own_memberships(me)
    visits()
