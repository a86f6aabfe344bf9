"""What every page shares: who is signed in, the navigation, and what happens when sign-in fails."""

from contextlib import suppress
from pathlib import Path

import streamlit as st

from frontend.auth import client as auth_api
from frontend.auth.roles import ROLES
from frontend.kit import i18n, session
from frontend.kit.api_types import Me, Permission
from frontend.kit.client import ApiDown, ApiError, SignedOut
from frontend.kit.errors import (
    SIGN_IN,
    change_language,
    leave,
    showing_errors,
    signed_out,
    unreachable,
)
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.kit.toasts import show_toasts
from frontend.organizations import client as organizations_api

HERE = Path(__file__).parent


def page(
    noun: str, name: str, title: str, icon: str, *, hidden: bool = False, default: bool = False
) -> st.Page:
    return st.Page(
        HERE / noun / f"pages/{name}.py",
        title=title,
        icon=f":material/{icon}:",
        url_path="" if default else name.replace("_", "-"),
        default=default,
        visibility="hidden" if hidden else "visible",
    )


def by_its_name(home: st.Page, name: str) -> st.Page:
    """The first page's address is `/`; it is served under its name as well."""
    return st.Page(
        lambda: st.switch_page(home), title=home.title, url_path=name, visibility="hidden"
    )


def pages_for() -> dict[str, list[st.Page]]:
    """Leaving a page out is a courtesy only: the API decides who may do what."""
    if session.may("read_gyms"):
        gyms = page("gyms", "gyms", t("Gyms"), "storefront", default=True)
        security = page("auth", "security", t("Security"), "key", hidden=True)
        return {"": [gyms, security, by_its_name(gyms, "gyms")]}
    if session.may("read_own_membership"):
        own = page("me", "my_membership", t("My membership"), "badge", default=True)
        security = page("auth", "security", t("Security"), "key", hidden=True)
        return {"": [own, security, by_its_name(own, "my-membership")]}
    starts_with_figures = session.may("read_analytics")
    overview = page("analytics", "overview", t("Overview"), "space_dashboard", default=True)
    members = page("members", "members", t("Members"), "group", default=not starts_with_figures)
    home = overview if starts_with_figures else members
    settings = page("organizations", "settings", t("Settings"), "settings")
    every_day: list[tuple[Permission, st.Page]] = [
        ("read_analytics", overview),
        ("read_analytics", page("at_risk", "at_risk", t("At risk"), "notification_important")),
        ("read_campaigns", page("campaigns", "campaigns", t("Campaigns"), "mail")),
        ("record_check_ins", page("check_ins", "desk", t("Desk"), "concierge")),
        ("read_members", members),
        ("read_check_ins", page("check_ins", "visits", t("Visits"), "bar_chart")),
        ("read_reports", page("attendance_reports", "daily_report", t("Daily report"), "today")),
        ("read_equipment", page("equipment", "equipment", t("Equipment"), "exercise")),
        ("read_campaigns", page("campaigns", "campaign", t("Campaign"), "mail", hidden=True)),
        ("read_members", page("members", "member", t("Member"), "person", hidden=True)),
        ("read_own_account", page("auth", "security", t("Security"), "key", hidden=True)),
        (
            "read_equipment",
            page("equipment", "equipment_item", t("Machine"), "exercise", hidden=True),
        ),
        ("edit_plans", page("membership_plans", "plan", t("Plan"), "sell", hidden=True)),
        (
            "edit_plans",
            page("membership_plans", "promotion", t("Promotion"), "local_offer", hidden=True),
        ),
        (
            "edit_locations",
            page("locations", "location", t("One location"), "pin_drop", hidden=True),
        ),
        (
            "edit_members",
            page("members", "add_member", t("Add a member"), "person_add", hidden=True),
        ),
        ("edit_gym", by_its_name(settings, "gym")),
        ("read_members", by_its_name(home, "overview" if starts_with_figures else "members")),
    ]
    now_and_then: list[tuple[Permission, st.Page]] = [
        ("edit_plans", page("membership_plans", "plans", t("Plans"), "sell")),
        ("edit_locations", page("locations", "locations", t("Locations"), "pin_drop")),
        ("merge_members", page("members", "duplicates", t("Duplicates"), "join_inner")),
        ("import_data", page("imports", "imports", t("Import"), "upload_file")),
        (
            "compute_analytics",
            page("churn_models", "risk_model", t("Risk model"), "model_training"),
        ),
        ("read_team", page("team", "team", t("Team"), "badge")),
        ("read_team", page("team", "teammate", t("Teammate"), "badge", hidden=True)),
        ("edit_gym", settings),
        ("read_audit_log", page("audit_log", "audit_log", t("Audit log"), "history")),
        ("export_gym", page("gym_archives", "export", t("Export"), "archive")),
    ]
    offered = {
        title: [one for permission, one in pages if session.may(permission)]
        for title, pages in (("", every_day), (t("Set up"), now_and_then))
    }
    return {title: pages for title, pages in offered.items() if pages}


def choose_language(me: Me | None) -> str:
    """What this browser was told, else what the gym speaks, else what the browser speaks."""
    gym = me["gym"] if me else None
    chosen = st.context.cookies.get(i18n.COOKIE)
    return i18n.choose_language(chosen, gym["language"] if gym else None, st.context.locale)


def account(me: Me) -> None:
    with st.sidebar, st.container(border=True, gap="small", key="account"):
        gym = me["gym"]
        where = t("All gyms") if gym is None else gym["name"]
        who = plain(session.person_name(me) or me["username"])
        st.markdown(f"**{plain(where)}**  \n:gray[{who} · {plain(t(ROLES[me['role']]))}]")
        other = i18n.other_language()
        choices = [t("Security"), i18n.LANGUAGES[other], t("Sign out")]
        choice = st.menu_button(
            t("Account"),
            choices,
            icon=":material/account_circle:",
            width="stretch",
            key="account_menu",
        )
    if choice == choices[0]:
        st.switch_page("auth/pages/security.py")
    if choice == choices[1]:
        change_language(other)
    if choice == choices[2]:
        sign_out()


@st.cache_data(scope="session", max_entries=1, show_spinner=False)
def read_logo(logo_id: int) -> bytes:  # noqa: ARG001 - another one for each logo
    return organizations_api.read_logo()


def show_logo(me: Me) -> None:
    """The gym's own, in the place of the platform's."""
    logo_id = me["gym"] and me["gym"]["logo_id"]
    if logo_id is None:
        return
    with suppress(ApiError):  # then the platform's stays
        logo = read_logo(logo_id)
        st.logo(logo, icon_image=logo, size="large")


def say_suspended(me: Me) -> None:
    """Above every page: what the buttons below would answer."""
    reason = me["gym"] and me["gym"]["suspended_reason"]
    if reason is not None:
        st.warning(
            t(
                "**This gym is suspended**: {reason}. You can read and export everything, and"
                " change nothing. Ask whoever runs this platform.",
                reason=plain(reason.rstrip(".")),
            ),
            icon=":material/lock:",
        )


def sign_out() -> None:
    try:
        session.end()
    except SignedOut:
        pass  # it had ended already
    except ApiError:
        st.error(t("We can't reach the server, so you are still signed in."))
        st.stop()
    leave(SIGN_IN)


st.set_page_config(page_title="Comeback", page_icon=str(HERE / "static/icon.png"), layout="wide")
st.logo(HERE / "static/logo.svg", icon_image=str(HERE / "static/mark.svg"), size="large")

is_down = False
i18n.use_for_session(choose_language(st.session_state.get(session.USER)))
try:
    # Checked on every run, never cached: a session ended elsewhere ends here at the next click.
    st.session_state[session.USER] = auth_api.read_me()
except SignedOut:
    signed_out()
except ApiDown:
    is_down = True

me: Me | None = st.session_state.get(session.USER)
i18n.use_for_session(choose_language(me))
if me is None:
    unreachable()
    st.stop()
current = st.navigation(pages_for())
show_logo(me)
account(me)
if is_down:
    st.title(current.title, anchor=False)
    unreachable()
else:
    show_toasts()
    say_suspended(me)
    with showing_errors():
        current.run()
