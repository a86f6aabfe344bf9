"""Members who may be one person: looked at side by side, merged, and what was merged undone."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from frontend.kit import session
from frontend.kit.api_types import DistinctItem, DuplicateItem, MergeItem, MovedItem, PersonItem
from frontend.kit.client import ApiError
from frontend.kit.errors import nothing_here, refusal
from frontend.kit.formats import as_date, as_moment, member_name, moment, plain, short_day
from frontend.kit.i18n import count, mark, mark_forms, t
from frontend.kit.lists import PAGE, title_row
from frontend.kit.paging import current_page, pager
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api

SIZE = 10
CHOSEN = "_merge"
"""The pair that is looked at: which record leads on to which."""
SAME = {
    "email": mark("same email"),
    "phone": mark("same phone"),
    "birth_date": mark("same birth date"),
}
NOUNS = {
    "check_in": mark("visits"),
    "membership": mark("memberships"),
    "transaction": mark("payments in the books"),
    "member_note": mark("notes"),
    "member_number": mark("cards and numbers"),
    "member_tag": mark("tags"),
    "medical_note": mark("medical notes"),
    "file": mark("photos and documents"),
    "notification": mark("emails"),
    "household_member": mark("the place in a household"),
    "distinct_members": mark("decisions that they are somebody else"),
}


def name_noun(noun: str) -> str:
    return t(NOUNS[noun]) if noun in NOUNS else noun.replace("_", " ")


def say(items: list[MovedItem]) -> str:
    return ", ".join(f"{item['rows']} {name_noun(item['noun'])}" for item in items)


def act(call: Callable[[], object], said: str) -> None:
    """What a button is for, and the page as it is then; or why it was refused."""
    try:
        call()
    except ApiError as error:
        refusal(error)
        return
    toast_next(said)
    st.rerun()


def person(one: PersonItem) -> None:
    st.markdown(f"**{plain(member_name(one['name'], one['number']))}**")
    birth = short_day(as_date(one["birth_date"])) if one["birth_date"] else None
    joined = t("joined {day}", day=short_day(as_date(one["join_date"])))
    visits = count(one["visits"], "{n} visit", "{n} visits")
    known = (one["email"], one["phone"], birth, joined, visits)
    st.caption(plain(" · ".join(part for part in known if part)))


def pair(found: DuplicateItem) -> None:
    first, second = found["first"], found["second"]
    with st.container(border=True):
        st.caption(", ".join(t(SAME[reason]) for reason in found["same_by"]))
        for one, other in ((first, second), (second, first)):
            with st.container(horizontal=True, vertical_alignment="center"):
                with st.container(gap="xsmall"):
                    person(one)
                st.button(
                    t("Keep this one"), key=f"keep_{one['member_id']}_{other['member_id']}",
                    on_click=choose, args=(other["member_id"], one["member_id"]),
                )  # fmt: skip

        ids = first["member_id"], second["member_id"]
        if st.button(
            t("These are two people"), key=f"apart_{ids[0]}_{ids[1]}", type="tertiary",
            icon=":material/group:", help=t("They are not listed as duplicates again."),
        ):  # fmt: skip
            act(partial(members_api.keep_apart, *ids), t("Remembered"))


def choose(member_id: int, into_id: int) -> None:
    st.session_state[CHOSEN] = (member_id, into_id)


def forget() -> None:
    st.session_state.pop(CHOSEN, None)


def decide(member_id: int, into_id: int) -> None:
    try:
        told = members_api.preview_merge(member_id, into_id)
    except ApiError as error:
        refusal(error)
        return
    st.markdown(
        t(
            "Everything of {gone} will belong to {kept}.",
            gone=plain(member_name(told["member"]["name"], told["member"]["number"])),
            kept=plain(member_name(told["into"]["name"], told["into"]["number"])),
        )
    )
    st.markdown(t("Moves: {what}", what=plain(say(told["moved"]) or "–")))
    if told["stays"]:
        st.markdown(t("Stays on the old record: {what}", what=plain(say(told["stays"]))))
    st.caption(t("It can be undone for 30 days."))
    if st.button(t("Merge"), type="primary", icon=":material/merge:"):
        try:
            members_api.merge(member_id, into_id)
        except ApiError as error:
            refusal(error)
            return
        forget()
        toast_next(t("Merged"))
        st.rerun()


def merge_row(done: MergeItem, zone: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        names = f"{done['member_name']} → {done['into_name']}"
        about = f"{done['merged_by']} · {moment(as_moment(done['merged_at'], zone))}"
        if done["undone_at"]:
            about += " · " + t("undone")
        st.markdown(f"{plain(names)}  \n:small[:gray[{plain(about)}]]")
        if done["can_undo"] and st.button(
            t("Undo"), key=f"undo_{done['merge_id']}", icon=":material/undo:"
        ):
            act(partial(members_api.undo_merge, done["merge_id"]), t("Undone"))


def distinct_row(kept: DistinctItem, zone: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        names = f"{kept['member_name']} ≠ {kept['other_name']}"
        about = f"{kept['decided_by']} · {moment(as_moment(kept['decided_at'], zone))}"
        st.markdown(f"{plain(names)}  \n:small[:gray[{plain(about)}]]")
        ids = kept["member_id"], kept["other_id"]
        if st.button(t("Undo"), key=f"together_{ids[0]}_{ids[1]}", icon=":material/undo:"):
            act(partial(members_api.take_back, *ids), t("Undone"))


zone = session.timezone()
with title_row(t("Duplicates")):
    st.caption(t("Members who may be one person. You decide."))
found = members_api.page_duplicates(page=current_page(PAGE), size=SIZE)
if not found["total"]:
    nothing_here(t("No duplicates"), t("No two members share an address, a phone or a birth date."))
for duplicate in found["items"]:
    pair(duplicate)
pager(found["total"], SIZE, key=PAGE, forms=mark_forms("{n} pair", "{n} pairs"), bound=True)
merges = members_api.page_merges(page=current_page("merges"), size=SIZE)
if merges["total"]:
    st.subheader(t("Merged"), anchor=False)
    for done in merges["items"]:
        merge_row(done, zone)
    pager(merges["total"], SIZE, key="merges", forms=mark_forms("{n} merge", "{n} merges"))
distinct = members_api.page_distinct(page=current_page("distinct"), size=SIZE)
if distinct["total"]:
    st.subheader(t("Two people"), anchor=False)
    for kept in distinct["items"]:
        distinct_row(kept, zone)
    pager(distinct["total"], SIZE, key="distinct", forms=mark_forms("{n} pair", "{n} pairs"))
if CHOSEN in st.session_state:
    open_dialog = st.dialog(t("Merge two records"), on_dismiss=forget)
    open_dialog(decide)(*st.session_state[CHOSEN])
