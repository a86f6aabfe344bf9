"""One campaign: what was sent, what failed and can be tried again, who came back since."""

import pandas as pd
import streamlit as st

from frontend.campaigns import client as campaigns_api
from frontend.campaigns.campaign_progress import watch
from frontend.campaigns.mail_blocks import STATES, short, skipped_lines
from frontend.kit import session
from frontend.kit.api_types import CampaignItem, MessageItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_moment, member_name, moment, percent, plain, short_money, whole
from frontend.kit.i18n import count, mark_forms, t
from frontend.kit.links import chosen_id, member_column
from frontend.kit.paging import current_page, pager

SIZE = 15
FILTERS = {"all": t("All"), **{code: t(STATES[code]) for code in ("sent", "failed", "queued")}}


def figures(campaign: CampaignItem) -> None:
    sent, back, failed = campaign["sent"], campaign["came_back"], campaign["failed"]
    skipped, value = sum(campaign["skipped"].values()), campaign["came_back_value"]
    with st.grid(4, min_column_width=165):
        st.metric(t("Sent"), whole(sent), border=True, icon=":material/send:", height="stretch")
        st.metric(
            t("Came back since"), whole(back),
            t("{share} of those written to", share=percent(back / sent)) if back else None,
            delta_arrow="off", border=True, icon=":material/directions_run:", height="stretch",
        )  # fmt: skip
        st.metric(
            t("Worth a year"), short_money(value if back else None, session.currency()),
            border=True, icon=":material/payments:", height="stretch",
            help=t("What the members who came back are worth in a year."),
        )  # fmt: skip
        st.metric(
            t("Failed"), whole(failed),
            count(skipped, "{n} left out", "{n} left out") if skipped else None,
            delta_color="off", delta_arrow="off", border=True, icon=":material/error:",
            height="stretch",
        )  # fmt: skip


def failures(campaign: CampaignItem) -> None:
    with st.container(
        border=True, horizontal=True, horizontal_alignment="distribute",
        vertical_alignment="center", key="campaign_failures",
    ):  # fmt: skip
        could_not = count(
            campaign["failed"],
            "{n} email could not be delivered.",
            "{n} emails could not be delivered.",
        )
        st.markdown(f":red[:material/error:] **{could_not}** {t('The list below says why.')}")
        if st.button(t("Try them again"), icon=":material/refresh:", key="campaign_retry"):
            try:
                campaigns_api.retry(campaign["campaign_id"])
            except ApiError as error:
                refusal(error)
                return
            st.rerun()


def messages(campaign_id: int, zone: str) -> None:
    state = st.segmented_control(
        t("Which mails"), list(FILTERS), format_func=FILTERS.__getitem__, default="all",
        required=True, key="messages_state", label_visibility="collapsed",
    )  # fmt: skip
    key = f"messages_page_{campaign_id}_{state}"
    page = current_page(key)
    found = campaigns_api.page_messages(
        campaign_id, state=None if state == "all" else state, page=page, size=SIZE
    )
    if not found["total"]:
        st.caption(t("No mail in this state."))
        return
    st.dataframe(
        _frame(found["items"], zone),
        hide_index=True,
        row_height=40,
        alt=t("Mails of this campaign"),
        column_config={
            "member": member_column(
                [message["member_id"] for message in found["items"]],
                key="messages_open",
                back="campaigns/pages/campaigns.py",
            ),
            "to": st.column_config.TextColumn(t("To")),
            "state": st.column_config.MultiselectColumn(
                t("State"),
                width=85,
                options=[t(state) for state in STATES.values()],
                color=["green", "red", "blue", "gray"],
            ),
            "sent": st.column_config.TextColumn(t("When")),
            "back": st.column_config.TextColumn(t("Came back")),
            "error": st.column_config.TextColumn(t("Why not"), width="large"),
        },
    )
    pager(found["total"], SIZE, key=key, forms=mark_forms("{n} mail", "{n} mails"))


def why_not(message: MessageItem) -> str:
    if message["state"] == "skipped":
        return short(message["error"])
    return message["error"] or ""


def _frame(items: list[MessageItem], zone: str) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "member": [member_name(m["name"], None) for m in items],
            "to": [m["to"] or "" for m in items],
            "state": [[t(STATES[m["state"]])] for m in items],
            "sent": [moment(as_moment(m["sent_at"], zone)) for m in items],
            "back": [moment(as_moment(m["came_back_at"], zone)) for m in items],
            "error": [why_not(m) for m in items],
        }
    )
    return frame if any(frame["error"]) else frame.drop(columns="error")


zone = session.timezone()
campaign = campaigns_api.read(chosen_id())
if st.button(t("All campaigns"), type="tertiary", icon=":material/arrow_back:"):
    st.switch_page("campaigns/pages/campaigns.py")
st.title(plain(campaign["name"] or campaign["subject"]), anchor=False)
st.caption(t("Sent on {when}", when=plain(moment(as_moment(campaign["created_at"], zone)))))
if campaign["state"] != "done":
    watch(campaign)
figures(campaign)
if campaign["sent"] and not campaign["came_back"]:
    st.caption(t("Nobody has come back yet. A visit after the mail shows here by itself."))
if campaign["failed"]:
    failures(campaign)
if any(campaign["skipped"].values()):
    st.caption(t("Left out: {who}.", who=", ".join(skipped_lines(campaign["skipped"]))))
with st.expander(t("The message"), icon=":material/mail:"):
    st.markdown(f"**{plain(campaign['subject'].strip())}**")
    st.text(campaign["body"])
messages(campaign["campaign_id"], zone)
