"""A campaign being sent, polled every second until it is done."""

import streamlit as st

from frontend.campaigns import client as campaigns_api
from frontend.kit.api_types import CampaignItem
from frontend.kit.client import ApiError
from frontend.kit.errors import showing_errors
from frontend.kit.formats import plain, whole
from frontend.kit.i18n import count, t
from frontend.kit.session import refresh

_UNDER_WAY = "campaign_under_way"


def campaign_under_way() -> None:
    """Progress of what was just sent, then its result until it is put away."""
    campaign_id = st.session_state.get(_UNDER_WAY)
    if not campaign_id:
        return
    with showing_errors():
        campaign = campaigns_api.read(campaign_id)
        if campaign["state"] == "done":
            _result(campaign)
        else:
            watch(campaign)


def watch(campaign: CampaignItem) -> None:
    """Redraws only itself each second; the whole page once sending is over."""
    st.fragment(_look, run_every="1s")(campaign["campaign_id"])


def _look(campaign_id: int) -> None:
    with showing_errors():
        campaign = campaigns_api.read(campaign_id)
        if campaign["state"] == "done":
            refresh()
            st.rerun()
        done = campaign["sent"] + campaign["failed"]
        total = max(done + campaign["queued"], 1)
        text = t("Sending: {done} of {total}", done=whole(done), total=whole(total))
        with st.container(border=True, key="campaign_progress"):
            st.progress(done / total, text=text)
            st.caption(t("You can leave this page; sending goes on without you."))


def _result(campaign: CampaignItem) -> None:
    campaign_id = campaign["campaign_id"]
    sent = count(campaign["sent"], "{n} email sent", "{n} emails sent")
    failed = campaign["failed"]
    with st.container(border=True, key="campaign_result", horizontal=True,
                      horizontal_alignment="distribute", vertical_alignment="center"):  # fmt: skip
        if failed:
            could_not = count(failed, "{n} could not be delivered", "{n} could not be delivered")
            st.markdown(f":material/error: **{sent}** · :red[{could_not}]")
        else:
            st.markdown(f":green[:material/check_circle:] **{sent}**")
        with st.container(horizontal=True, width="content"):
            if failed and st.button(t("Try the failed ones again"), key="result_retry"):
                _retry(campaign_id)
            if st.button(t("Open campaign"), key="result_open", icon=":material/arrow_forward:"):
                st.session_state.pop(_UNDER_WAY)
                st.switch_page("campaigns/pages/campaign.py", query_params={"id": str(campaign_id)})
            if st.button(t("Dismiss"), key="result_dismiss", type="tertiary"):
                st.session_state.pop(_UNDER_WAY)
                st.rerun()


def _retry(campaign_id: int) -> None:
    try:
        campaigns_api.retry(campaign_id)
    except ApiError as error:
        st.toast(plain(str(error)), icon=":material/error:")
        return
    st.rerun()
