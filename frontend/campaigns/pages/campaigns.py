"""Every mail that was sent, and who came back after it."""

import streamlit as st

from frontend.analytics import client as analytics_api
from frontend.campaigns import client as campaigns_api
from frontend.kit import session
from frontend.kit.api_types import CampaignItem, Overview
from frontend.kit.colours import Colour
from frontend.kit.errors import nothing_here
from frontend.kit.formats import as_moment, moment, percent, plain, short_money, whole
from frontend.kit.i18n import count, mark_forms, t
from frontend.kit.paging import current_page, pager

SIZE = 10


def last_30_days(overview: Overview) -> None:
    mailed, back = overview["mailed_30_days"], overview["came_back_30_days"]
    with st.grid(3, min_column_width=190):
        st.metric(
            t("Members written to"), whole(mailed), t("in the last 30 days"), delta_color="off",
            delta_arrow="off", border=True, icon=":material/send:", height="stretch",
        )  # fmt: skip
        st.metric(
            t("Came back"), whole(back),
            t("{share} of those written to", share=percent(back / mailed)) if mailed else None,
            delta_color="normal" if back else "off", delta_arrow="off", border=True,
            icon=":material/directions_run:", height="stretch",
            help=t("Visited again after your mail. Some would have returned without it."),
        )  # fmt: skip
        at_stake = short_money(overview["at_risk_yearly_value"], session.currency())
        st.metric(
            t("Still at stake"), at_stake,
            count(overview["at_risk"], "{n} member at risk", "{n} members at risk"),
            delta_color="off", delta_arrow="off", border=True,
            icon=":material/notification_important:", height="stretch",
        )  # fmt: skip


def badge(campaign: CampaignItem) -> tuple[str, Colour]:
    if campaign["state"] != "done":
        return t("Sending"), "orange"
    if campaign["came_back"]:
        return count(campaign["came_back"], "{n} came back", "{n} came back"), "green"
    return (t("Waiting for visits"), "blue") if campaign["sent"] else (t("Nothing sent"), "gray")


def card(campaign: CampaignItem, zone: str) -> None:
    campaign_id, currency = campaign["campaign_id"], session.currency()
    with st.container(border=True, key=f"campaign_{campaign_id}"):
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            name = plain(campaign["name"] or campaign["subject"])
            when = moment(as_moment(campaign["created_at"], zone))
            st.markdown(f"**{name}** :gray[· {plain(when)}]")
            label, colour = badge(campaign)
            st.badge(label, color=colour)
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            parts = [count(campaign["sent"], "{n} sent", "{n} sent")]
            if campaign["came_back"]:
                value = plain(short_money(campaign["came_back_value"], currency))
                back = count(campaign["came_back"], "**{n} came back**", "**{n} came back**")
                parts.append(t("{back}, worth {value} a year", back=back, value=value))
            if campaign["queued"]:
                parts.append(count(campaign["queued"], "{n} waiting", "{n} waiting"))
            if campaign["failed"]:
                failed = count(campaign["failed"], "{n} failed", "{n} failed")
                parts.append(f":red[{failed}]")
            skipped = sum(campaign["skipped"].values())
            if skipped:
                parts.append(count(skipped, "{n} left out", "{n} left out"))
            st.markdown(" · ".join(parts))
            if st.button(t("Open"), key=f"open_{campaign_id}", icon=":material/arrow_forward:"):
                st.switch_page("campaigns/pages/campaign.py", query_params={"id": str(campaign_id)})


st.title(t("Campaigns"), anchor=False)
st.caption(t("Who you wrote to, and who came back"))
found = campaigns_api.page(current_page("campaigns_page"), SIZE)
if not found["total"]:
    nothing_here(
        t("No email sent yet"),
        t("Choose members under At risk, and write to them."),
        icon=":material/mail:",
        way_on=(t("See who is at risk"), "at_risk/pages/at_risk.py"),
    )
else:
    last_30_days(analytics_api.read_overview())
    for campaign in found["items"]:
        card(campaign, session.timezone())
    pager(
        found["total"],
        SIZE,
        key="campaigns_page",
        forms=mark_forms("{n} campaign", "{n} campaigns"),
    )
