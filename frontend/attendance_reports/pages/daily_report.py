"""One day of the gym: how many came, when most, who for the first time, who is back."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from frontend.analytics import client as analytics_api
from frontend.attendance_reports import client as reports_api
from frontend.kit import charts, session
from frontend.kit.api_types import ReportDetail, ReportMember, ReturnedMember
from frontend.kit.client import ApiError, NotFound
from frontend.kit.errors import refusal
from frontend.kit.formats import (
    as_moment,
    change,
    date_field,
    day,
    days_away,
    moment,
    plain,
    whole,
)
from frontend.kit.i18n import count, t
from frontend.kit.links import member_column
from frontend.organizations import client as organizations_api

CHOSEN = "report_day"


def choose_day(today: date) -> date:
    """Starts with yesterday: the newest day that is over."""
    st.session_state.setdefault(CHOSEN, today - timedelta(days=1))

    def step(days: int) -> None:
        st.session_state[CHOSEN] += timedelta(days=days)

    st.button(
        t("Day before"), icon=":material/chevron_left:", on_click=step, args=(-1,),
        key="day_before",
    )  # fmt: skip
    chosen: date = st.date_input(
        t("Day"), max_value=today, key=CHOSEN, width=160, format=date_field()
    )
    st.button(
        t("Day after"), icon=":material/chevron_right:", icon_position="right",
        on_click=step, args=(1,), disabled=chosen >= today, key="day_after",
    )  # fmt: skip
    return chosen


def read(chosen: date) -> ReportDetail | None:
    try:
        return reports_api.read(chosen)
    except NotFound:
        return None


def compute(chosen: date) -> None:
    try:
        with st.spinner(t("Counting the day's visits…")):
            reports_api.make(chosen)
    except ApiError as error:
        refusal(error)
        return
    st.rerun()


def offer(chosen: date) -> None:
    """There is no report of this day yet."""
    st.info(
        t("There is no report of {day} yet. One is made each morning for the day before.",
          day=day(chosen, weekday=True)),
        icon=":material/calendar_today:",
    )  # fmt: skip
    if session.may("make_reports") and st.button(
        t("Make it now"), type="primary", key="make_report"
    ):
        compute(chosen)


def state_of(report: ReportDetail, zone: str, chosen: date) -> None:
    """Notes that figures are of a day still running, or older than their visits."""
    if report["is_outdated"]:
        with st.container(horizontal=True, vertical_alignment="center"):
            changed = t("Visits of this day changed since it was counted.")
            st.markdown(f":orange[:material/update:] {changed}")
            if session.may("make_reports") and st.button(t("Count again"), key="make_report"):
                compute(chosen)
    elif not report["is_complete"]:
        st.caption(t("The day is not over: these are the visits so far."))
    counted = moment(as_moment(report["computed_at"], zone))
    st.caption(t("Counted on {when}.", when=counted))


def usual_visits(chosen: date) -> float | None:
    """The mean of the same weekday in the four weeks before, where all four are known."""
    by_day = {entry["day"]: entry["visits"] for entry in analytics_api.read_visits()["days"]}
    weeks = [by_day.get(str(chosen - timedelta(weeks=ago))) for ago in range(1, 5)]
    known = [visits for visits in weeks if visits is not None]
    return sum(known) / 4 if len(known) == 4 else None


def sentence(report: ReportDetail, chosen: date) -> None:
    """The day in one line, compared with the same weekday of the four weeks before."""
    visits = count(report["visits"], "{n} visit", "{n} visits")
    named = day(chosen, weekday=True)
    usual = (
        usual_visits(chosen) if session.may("read_analytics") and report["is_complete"] else None
    )
    difference = change(report["visits"], usual) if usual else None
    text = t("**{visits}** on {day}.", visits=visits, day=named)
    if difference:
        text = t("**{visits}** on {day}, {difference} against the same weekday of the four weeks "
                 "before.", visits=visits, day=named, difference=difference)  # fmt: skip
    st.markdown(f"#### {text}")


def figures(report: ReportDetail) -> None:
    hour = report["peak_hour"]
    shared: dict[str, Any] = {
        "border": True, "height": "stretch", "delta_color": "off", "delta_arrow": "off",
    }  # fmt: skip
    with st.grid(5, min_column_width=150, gap="small"):
        st.metric(t("Visits"), whole(report["visits"]), icon=":material/door_front:", **shared)
        st.metric(
            t("Members"), whole(report['unique_members']), icon=":material/group:",
            help=t("Different people: who came twice is one member and two visits."), **shared,
        )  # fmt: skip
        st.metric(
            t("Busiest hour"), "–" if hour is None else f"{hour}:00",
            count(report["peak_visits"], "{n} visit began", "{n} visits began")
            if hour is not None else None,
            icon=":material/schedule:", **shared,
        )  # fmt: skip
        st.metric(
            t("First visit ever"), whole(report['first_timers']), icon=":material/waving_hand:",
            **shared,
        )  # fmt: skip
        st.metric(
            t("Came back"), whole(report['returned']), icon=":material/celebration:",
            help=t("After being away longer than two weeks and three times their usual gap."),
            **shared,
        )  # fmt: skip


def people(
    rows: Sequence[ReportMember | ReturnedMember],
    *,
    title: str,
    nobody: str,
    key: str,
    away: Sequence[int | None] = (),
) -> None:
    st.subheader(title, anchor=False)
    if not rows:
        st.caption(nobody)
        return
    frame = pd.DataFrame({"member": [row["name"] for row in rows]})
    ids = [row["member_id"] for row in rows]
    names: dict[str, Any] = {
        "member": member_column(
            ids, key=f"{key}_open", back="attendance_reports/pages/daily_report.py"
        )
    }
    if away:
        frame["away"] = [days_away(days) for days in away]
        names["away"] = st.column_config.TextColumn(t("Away before"), width=110)
    st.dataframe(frame, hide_index=True, column_config=names, alt=title, key=key)


def downloads(chosen: date) -> None:
    for kind, icon, mime in (
        ("pdf", "picture_as_pdf", "application/pdf"),
        ("csv", "table", "text/csv"),
    ):
        # Made on request: a PDF on every run of the page would be wasted work.
        make = partial(reports_api.read_file, chosen, kind, api=session.for_later())
        st.download_button(
            kind.upper(), make, file_name=f"attendance-{chosen}.{kind}", mime=mime,
            icon=f":material/{icon}:", on_click="ignore", key=f"report_{kind}",
            help=t("Download this report as {kind}", kind=kind.upper()),
        )  # fmt: skip


def mailing() -> None:
    """The owner's switch; it is the gym's setting, so it shows the API's value."""
    gym = organizations_api.read()

    def switch() -> None:
        is_on = st.session_state["mails_daily_report"]
        try:
            organizations_api.update({"mails_daily_report": is_on})
        except ApiError as error:
            st.session_state["mails_daily_report"] = not is_on
            refusal(error)
            return
        message = t("It comes tomorrow morning") if is_on else t("No more reports by mail")
        st.toast(message, icon=":material/check:")

    with st.container(border=True, key="report_mail"):
        st.toggle(
            t("Mail it to me every morning"), value=gym["mails_daily_report"],
            key="mails_daily_report", on_change=switch,
        )  # fmt: skip
        if gym["email_ready"]:
            st.markdown(f":small[{t('It goes to {address}.', address=plain(gym['email']))}]")
        else:
            st.caption(plain(gym["email_problem"] or t("Sending mail is not set up.")))


zone = session.timezone()
today = datetime.now(ZoneInfo(zone)).date()
st.title(t("Daily report"), anchor=False)
with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
    chosen = choose_day(today)
    report = read(chosen)
    if report is not None:
        st.space("stretch")
        downloads(chosen)
if report is None:
    offer(chosen)
else:
    with st.container(border=True, gap="small", key="sentence"):
        sentence(report, chosen)
        state_of(report, zone, chosen)
    figures(report)
    with st.container(border=True):
        st.subheader(t("Visits by hour of the day"), anchor=False)
        charts.draw(charts.entries_by_hour(report["hours"]), alt=t("Visits by hour of the day"))
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        people(
            report["first_timer_members"], title=t("Here for the first time"),
            nobody=t("Nobody on this day."), key="first_timers",
        )  # fmt: skip
    with right.container(border=True, height="stretch"):
        people(
            report["returned_members"], title=t("Back after an absence"),
            nobody=t("Nobody on this day."), key="returned",
            away=[member["days_away"] for member in report["returned_members"]],
        )  # fmt: skip
if session.may("edit_gym"):
    mailing()
