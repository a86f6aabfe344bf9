"""The front desk: scan a card or type a name, and see who has come in and what to say to them.

All of it by keyboard: a scanner types a number and Enter, and the field takes the next one. Who is
inside keeps itself up to date.
"""

import time
import uuid
from dataclasses import dataclass

import streamlit as st

from frontend.check_ins import client as check_ins_api
from frontend.check_ins import live
from frontend.check_ins.camera import read_camera
from frontend.kit import session
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import (
    AlertItem,
    CheckInItem,
    Entry,
    LocationOccupancy,
    MemberItem,
    Occupancy,
    Page,
)
from frontend.kit.client import ApiError, NotFound
from frontend.kit.errors import refusal
from frontend.kit.formats import as_moment, days_ago, member_name, plain, whole
from frontend.kit.i18n import t
from frontend.kit.lists import choose
from frontend.kit.toasts import toast_next
from frontend.locations import client as locations_api
from frontend.members import client as members_api
from frontend.members.words import STATUSES

CANDIDATES = 8
LATEST = 12
EVERY = "2s"
QUIET, BLIND = 60.0, 5.0
"""Seconds for which who is inside is believed: while the stream tells nothing, and without it."""
INSIDE = "_desk_inside"
LOCATION = "location"
CODE = "CB1."
"""How members' codes begin."""
LONGEST = MAX_LENGTH["CheckInCreate"]
LOOKUP = MAX_LENGTH["LookupRequest"]
SEEN = "_desk_seen"
"""The code that the camera saw last."""
ENTRY, QUERY, REFUSED = "_desk_entry", "_desk_query", "_desk_refused"
"""Who came in last, what was searched for when nobody was clearly meant, and who was refused."""
PHOTO = "_desk_photo"
"""Whose photo was read last, and the photo if there is one."""
ICONS = {
    "no_member": "block",
    "membership_over": "block",
    "cancelled": "block",
    "not_started": "event_upcoming",
    "frozen": "ac_unit",
    "unpaid": "money_off",
    "no_visits_left": "block",
    "other_location": "wrong_location",
    "outside_plan_hours": "schedule",
    "closed_day": "event_busy",
    "outside_opening_hours": "schedule",
    "location_full": "groups",
    "visits_left": "confirmation_number",
    "first_visit": "waving_hand",
    "long_away": "waving_hand",
    "membership_ends": "event_busy",
    "birthday": "cake",
}


@dataclass(frozen=True)
class Refusal:
    """Somebody whom the rules keep out, and the code they showed if they did."""

    member_id: int
    name: str
    reasons: tuple[str, ...]
    code: str | None


def forget_last() -> None:
    for state in (ENTRY, QUERY, REFUSED, INSIDE, PHOTO):
        st.session_state.pop(state, None)


def check_in(
    member_id: int, name: str, *, code: str | None = None, override_reason: str | None = None
) -> None:
    """By the code they showed, or else because the desk says who it is."""
    forget_last()
    location_id = chosen_location()
    try:
        if code is not None:
            st.session_state[ENTRY] = check_ins_api.scan(
                code, location_id=location_id, override_reason=override_reason
            )
        else:
            st.session_state[ENTRY] = check_ins_api.record(
                member_id, method="desk", key=uuid.uuid4().hex, location_id=location_id,
                override_reason=override_reason,
            )  # fmt: skip
    except ApiError as error:
        if error.code != "entry_refused":
            refusal(error)
            return
        reasons = tuple(str(one["message"]) for one in error.errors)
        them = int(error.errors[0]["member_id"])
        st.session_state[REFUSED] = Refusal(them, name or name_of(them), reasons, code)


def name_of(member_id: int) -> str:
    member = members_api.read(member_id)
    return member_name(member["name"], member["number"])


def check_in_by_code(code: str) -> None:
    check_in(0, "", code=code)


def chosen_location() -> int | None:
    """Of a gym with several, once this desk has said it."""
    chosen = st.session_state.get(LOCATION)
    return int(chosen) if chosen else None


def look_for(query: str) -> None:
    """A code, number or card that is somebody's own means them; for all else the desk chooses."""
    if query.upper().startswith(CODE):
        check_in_by_code(query)
        return
    try:
        member = members_api.look_up(query[: LOOKUP["number"]])
    except NotFound:
        forget_last()
        st.session_state[QUERY] = query
    except ApiError as error:
        forget_last()
        refusal(error)
    else:
        check_in(member["member_id"], member_name(member["name"], member["number"]))


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
            check_in(member["member_id"], member_name(member["name"], member["number"]))
            st.rerun()


def photo(member_id: int) -> None:
    """Read once for whoever stands at the desk."""
    known: tuple[int, bytes | None] | None = st.session_state.get(PHOTO)
    if known is None or known[0] != member_id:
        try:
            known = member_id, members_api.find_photo(member_id)
        except ApiError as error:
            refusal(error)
            return
        st.session_state[PHOTO] = known
    if known[1] is not None:
        st.image(known[1], width=96)


def welcome(entry: Entry) -> None:
    """Who has just come in, large enough to read from a step away."""
    moment = as_moment(entry["check_in"], session.timezone())
    with st.container(border=True, key="desk_entry"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            photo(entry["member_id"])
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
    say = st.warning if alert["is_denial"] else st.info
    say(plain(alert["text"]), icon=f":material/{ICONS[alert['kind']]}:")


def refused(them: Refusal) -> None:
    """Why not, and the way in for whoever may let them in all the same."""
    with st.container(border=True, key="desk_refused"):
        with st.container(horizontal=True, vertical_alignment="center"):
            photo(them.member_id)
            st.header(plain(them.name), anchor=False, width="content")
        for reason in them.reasons:
            st.error(plain(reason), icon=":material/block:")
        if not session.may("override_access"):
            st.caption(t("Your role does not let them in. Ask the desk, the owner or an admin."))
            return
        with st.form("let_in", border=False):
            reason = st.text_input(
                t("Let them in because"), max_chars=LONGEST["override_reason"], key="desk_reason"
            )
            is_pressed = st.form_submit_button(t("Let them in"), icon=":material/door_open:")
        if is_pressed and not reason.strip():
            st.error(t("Say why: it is kept with the visit."), icon=":material/error:")
        elif is_pressed:
            check_in(them.member_id, them.name, code=them.code, override_reason=reason.strip())
            st.rerun()


def camera() -> None:
    """For a desk without a scanner. A phone that is still held up has been seen."""
    if not st.toggle(t("Scan with the camera"), key="desk_camera_on"):
        return
    code = read_camera()
    if code and code != st.session_state.get(SEEN):
        st.session_state[SEEN] = code
        check_in_by_code(code)


def location_choice() -> None:
    """Of a gym with several: the address keeps it, so that each desk has its own."""
    locations = [one for one in locations_api.list_all() if one["is_active"]]
    if len(locations) > 1:
        names = {str(one["location_id"]): one["name"] for one in locations}
        choose(t("Location"), names, otherwise=t("Not said"), key=LOCATION)


def open_member(member_id: int) -> None:
    if st.button(t("Open"), icon=":material/person:", key="desk_open"):
        st.switch_page("members/pages/member.py", query_params={"id": str(member_id)})


def take_back(entry: Entry) -> None:
    if st.button(t("Take back"), icon=":material/undo:", key="desk_take_back"):
        try:
            check_ins_api.take_back(entry["check_in_id"])
            st.session_state.pop(INSIDE, None)
        except ApiError as error:
            refusal(error)
            return
        del st.session_state[ENTRY]
        toast_next(t("Visit taken back"))
        st.rerun()


def fill(location: LocationOccupancy) -> None:
    name, inside, capacity = location["name"], location["inside"], location["capacity"]
    if capacity is None:
        st.caption(plain(f"{name}: {whole(inside)}"))
        return
    text = t("{location}: {n} of {capacity}", location=name, n=whole(inside),
             capacity=whole(capacity))  # fmt: skip
    st.progress(min(inside / capacity, 1.0), text=plain(text))


@st.fragment(run_every=EVERY)
def inside_now() -> None:
    """What other desks and doors record shows within two seconds, with what there is to say."""
    door = live.follow()
    occupancy, inside = read_inside(door)
    st.metric(
        t("Inside now"),
        whole(occupancy["inside"]),
        help=t("Who left without a sign counts for three hours."),
    )
    has_several = len(occupancy["locations"]) > 1
    for location in occupancy["locations"]:
        if location["capacity"] or has_several:
            fill(location)
    if not inside["total"]:
        st.caption(t("Nobody is inside."))
    for visit in inside["items"]:
        moment = as_moment(visit["check_in"], session.timezone())
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            with st.container(gap=None, width="content"):
                st.markdown(plain(visit["member_name"]) or t("No name yet"))
                for alert in door.find_alerts(visit["check_in_id"]):
                    colour = "orange" if alert["is_denial"] else "gray"
                    st.caption(f":{colour}[{plain(alert['text'])}]")
            st.caption(f"{moment:%H:%M}" if moment else "", width="content")


Inside = tuple[Occupancy, Page[CheckInItem]]


def read_inside(door: live.Follower) -> Inside:
    """Asked for again when something was told, and now and then, as long as nothing is. How many
    they are is told; after a visit of this desk, which is told a moment later, it is asked."""
    known: tuple[int, float, Inside] | None = st.session_state.get(INSIDE)
    if known is not None:
        news, asked_at, inside = known
        is_fresh = time.monotonic() - asked_at < (QUIET if door.is_connected else BLIND)
        if news == door.news and is_fresh:
            return inside
    news = door.news
    occupancy = door.occupancy if known is not None and door.is_connected else None
    inside = occupancy or check_ins_api.read_occupancy(), check_ins_api.page_inside(LATEST)
    st.session_state[INSIDE] = (news, time.monotonic(), inside)
    return inside


st.title(t("Desk"), anchor=False)
working, watching = st.columns([2, 1], gap="large")
with working:
    location_choice()
    search_box()
    camera()
    if ENTRY in st.session_state:
        welcome(st.session_state[ENTRY])
    if REFUSED in st.session_state:
        refused(st.session_state[REFUSED])
    if QUERY in st.session_state:
        candidates(st.session_state[QUERY])
with watching, st.container(border=True):
    inside_now()
