"""The household of a member: who is in it, who pays, and who comes or goes."""

from collections.abc import Callable

import streamlit as st

from frontend.households import client as households_api
from frontend.kit import session
from frontend.kit.api_types import HouseholdItem, HouseholdPerson, MemberDetail, MemberItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import exact_money, member_name, plain
from frontend.kit.i18n import t
from frontend.kit.links import came_from, open_member
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api
from frontend.members.words import STANDINGS, STATUSES

CANDIDATES = 8


def household_panel(member: MemberDetail) -> None:
    household = households_api.find_of(member["member_id"])
    may_edit = session.may("edit_memberships")
    if household is None:
        st.caption(t("In no household. In one, a member pays for the others."))
        if may_edit:
            _begin(member)
        return
    for person in household["people"]:
        _row(household, person, is_shown=person["member_id"] == member["member_id"])
    if may_edit:
        _add(household)
        with st.popover(t("Dissolve the household"), icon=":material/group_off:"):
            st.markdown(t("Everybody stays a member, and nobody pays for the others any more."))
            if st.button(t("Dissolve it"), type="primary"):
                _do(t("Dissolved"), households_api.dissolve, household["household_id"])


def _row(household: HouseholdItem, person: HouseholdPerson, *, is_shown: bool) -> None:
    key, member_id = household["household_id"], person["member_id"]
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        with st.container(gap="xsmall"):
            name = member_name(person["name"], person["number"])
            if is_shown:
                st.markdown(f"**{plain(name)}**")
            elif st.button(plain(name), key=f"open_{member_id}", type="tertiary"):
                open_member(member_id, back=came_from(otherwise="members/pages/members.py"))
            known = [t(STATUSES[person["status"]]), person["plan_name"]]
            if person["standing"] != "member":
                known = [t(STANDINGS[person["standing"]])]
            if person["paid"]:
                paid = exact_money(person["paid"], session.currency())
                known.append(t("{amount} paid by the household's payer", amount=paid))
            st.markdown(f":small[:gray[{plain(' · '.join(part for part in known if part))}]]")
        if person["is_payer"]:
            st.badge(t("Pays"), icon=":material/payments:", color="green")
        elif session.may("edit_memberships"):
            if st.button(t("Let them pay"), key=f"payer_{member_id}"):
                _do(t("Saved"), households_api.set_payer, key, member_id)
            if st.button(t("Take out"), key=f"leave_{member_id}", type="tertiary"):
                _do(t("Taken out"), households_api.remove, key, member_id)


def _begin(member: MemberDetail) -> None:
    this = member["member_id"]
    typed = _search_box(t("Who pays for them, or for whom do they pay?"), people=0)
    others = _find(typed, {this}) if typed else _list_alike(member)
    if others and not typed:
        st.caption(t("The same phone or email:"))
    for other in others:
        key = other["member_id"]
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(plain(member_name(other["name"], other["number"])))
            if st.button(t("Pays for them"), key=f"pays_{key}"):
                _do(t("Saved"), _join, this, key)
            if st.button(t("Is paid for"), key=f"paid_{key}"):
                _do(t("Saved"), households_api.create, this, key)


def _join(member_id: int, payer_id: int) -> None:
    """The household that they pay for, if there is one. Who is paid for themselves is refused."""
    theirs = households_api.find_of(payer_id)
    if theirs is not None and theirs["payer_id"] == payer_id:
        households_api.add(theirs["household_id"], member_id)
    else:
        households_api.create(payer_id, member_id)


def _add(household: HouseholdItem) -> None:
    inside = {person["member_id"] for person in household["people"]}
    typed = _search_box(t("Add somebody"), people=len(inside))
    for other in _find(typed, inside) if typed else []:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(plain(member_name(other["name"], other["number"])))
            if st.button(t("Add"), key=f"add_{other['member_id']}", icon=":material/group_add:"):
                _do(
                    t("Added"),
                    households_api.add,
                    household["household_id"],
                    other["member_id"],
                )


def _search_box(label: str, *, people: int) -> str:
    """Empty again once somebody was added."""
    return st.text_input(
        label, placeholder=t("Name, number or email"), type="search", live=True, width=320,
        key=f"household_search_{people}", icon=":material/search:",
    ).strip()  # fmt: skip


def _list_alike(member: MemberDetail) -> list[MemberItem]:
    """Families share a phone, or an address for mail."""
    found: dict[int, MemberItem] = {}
    for known in (member["phone_e164"], member["email"]):
        if known:
            same = members_api.page(search=known.removeprefix("+"), size=CANDIDATES)["items"]
            found |= {one["member_id"]: one for one in same}
    found.pop(member["member_id"], None)
    return list(found.values())[:CANDIDATES]


def _find(typed: str, besides: set[int]) -> list[MemberItem]:
    found = members_api.page(search=typed, size=CANDIDATES)["items"]
    others = [one for one in found if one["member_id"] not in besides]
    if not others:
        st.caption(t("Nobody else is found."))
    return others


def _do(done: str, act: Callable[..., None], *keys: int) -> None:
    try:
        act(*keys)
    except ApiError as error:
        refusal(error)
        return
    toast_next(done)
    st.rerun()
