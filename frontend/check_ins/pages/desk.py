"""The front desk: scan a card or type a name, and see who has come in and what to say to them.

All of it by keyboard: a scanner types a number and Enter, and the field takes the next one. Who is
inside keeps itself up to date.
"""

import uuid

import streamlit as st

from frontend.check_ins import client as check_ins_api
from frontend.kit import session
from frontend.kit.api_types import AlertItem, Entry, MemberItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_moment, days_ago, member_name, plain, whole
from frontend.kit.i18n import t
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api
from frontend.members.words import STATUSES

CANDIDATES = 8
LATEST = 12
EVERY = "5s"
ENTRY, QUERY = "_desk_entry", "_desk_query"
"""Who came in last, and what was searched for when nobody was clearly meant."""
STOPS = {"membership_over", "not_started", "frozen"}
ICONS = {
    "membership_over": "block",
    "not_started": "event_upcoming",
    "frozen": "ac_unit",
    "first_visit": "waving_hand",
    "long_away": "waving_hand",
    "membership_ends": "event_busy",
    "birthday": "cake",
}


def check_in(member_id: int) -> None:
    st.session_state.pop(QUERY, None)
    st.session_state.pop(ENTRY, None)
    try:
        st.session_state[ENTRY] = check_ins_api.record(
            member_id, method="desk", key=uuid.uuid4().hex
        )
    except ApiError as error:
        refusal(error)


def look_for(query: str) -> None:
    """A number that is somebody's own means them; for all else the desk chooses."""
    found = members_api.page(search=query, size=CANDIDATES)["items"]
    own = [member for member in found if (member["number"] or "").casefold() == query.casefold()]
    if len(own) == 1:
        check_in(own[0]["member_id"])
        return
    st.session_state.pop(ENTRY, None)
    st.session_state[QUERY] = query


def search_box() -> None:
    with (
        st.form("desk", clear_on_submit=True, border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        query = st.text_input(
            t("Who is here?"),
            placeholder=t("Scan a card, or type a name or number"),
            icon=":material/barcode_scanner:",
            key="desk_search",
        )
        is_pressed = st.form_submit_button(t("Find"), type="primary", icon=":material/search:")
    if is_pressed and query.strip():
        look_for(query.strip())


def candidates(query: str) -> None:
    found = members_api.page(search=query, size=CANDIDATES)
    if not found["total"]:
        st.info(t("Nobody is called “{query}”.", query=plain(query)), icon=":material/search_off:")
        return
    if found["total"] > CANDIDATES:
        st.caption(
            t("{total} members fit; these are the first. Type more of the name.",
              total=whole(found["total"]))
        )  # fmt: skip
    for member in found["items"]:
        candidate(member)


def candidate(member: MemberItem) -> None:
    with st.container(
        border=True, horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        with st.container(gap=None, width="content"):
            st.markdown(f"**{plain(member_name(member['name'], member['number']))}**")
            known = [t(STATUSES[member["status"]]), member["plan_name"]]
            known.append(t("last visit: {day}", day=days_ago(member["inactive_days"])))
            st.caption(" · ".join(plain(part) for part in known if part))
        if st.button(
            t("Check in"), key=f"desk_{member['member_id']}", icon=":material/login:",
            type="primary",
        ):  # fmt: skip
            check_in(member["member_id"])
            st.rerun()


def welcome(entry: Entry) -> None:
    """Who has just come in, large enough to read from a step away."""
    moment = as_moment(entry["check_in"], session.timezone())
    with st.container(border=True, key="desk_entry"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            with st.container(gap=None, width="content"):
                st.header(plain(entry["member_name"]) or t("No name yet"), anchor=False)
                st.caption(t("Checked in at {time}", time=f"{moment:%H:%M}" if moment else ""))
            with st.container(horizontal=True, width="content"):
                open_member(entry["member_id"])
                take_back(entry)
        for alert in entry["alerts"]:
            tell(alert)
        if not entry["alerts"]:
            st.success(t("All is well."), icon=":material/check_circle:")


def tell(alert: AlertItem) -> None:
    say = st.warning if alert["kind"] in STOPS else st.info
    say(plain(alert["text"]), icon=f":material/{ICONS[alert['kind']]}:")


def open_member(member_id: int) -> None:
    if st.button(t("Open"), icon=":material/person:", key="desk_open"):
        st.switch_page("members/pages/member.py", query_params={"id": str(member_id)})


def take_back(entry: Entry) -> None:
    if st.button(t("Take back"), icon=":material/undo:", key="desk_take_back"):
        try:
            check_ins_api.take_back(entry["check_in_id"])
        except ApiError as error:
            refusal(error)
            return
        del st.session_state[ENTRY]
        toast_next(t("Visit taken back"))
        st.rerun()


@st.fragment(run_every=EVERY)
def inside_now() -> None:
    """Asked anew each time: what other desks and doors record shows within seconds."""
    inside = check_ins_api.page_inside(LATEST)
    st.metric(
        t("Inside now"),
        whole(inside["total"]),
        help=t("Who left without a sign counts for three hours."),
    )
    if not inside["total"]:
        st.caption(t("Nobody is inside."))
    for visit in inside["items"]:
        moment = as_moment(visit["check_in"], session.timezone())
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            st.markdown(plain(visit["member_name"]) or t("No name yet"), width="content")
            st.caption(f"{moment:%H:%M}" if moment else "", width="content")


st.title(t("Desk"), anchor=False)
working, watching = st.columns([2, 1], gap="large")
with working:
    search_box()
    if ENTRY in st.session_state:
        welcome(st.session_state[ENTRY])
    if QUERY in st.session_state:
        candidates(st.session_state[QUERY])
with watching, st.container(border=True):
    inside_now()
