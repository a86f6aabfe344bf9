"""Taking everything away. Only the owner is shown this."""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from frontend.gym_archives import client as archives_api
from frontend.kit import session
from frontend.kit.i18n import t

gym = session.own_gym()
today = datetime.now(ZoneInfo(gym["timezone"])).date()
st.title(t("Export"), anchor=False)
st.markdown(
    t(
        "Everything that your gym has here, in one ZIP file: members, memberships, visits, money,"
        " mails and all the rest. Each table is in it twice, as CSV for a spreadsheet and as JSON"
        " lines for programs, with a list of checksums. Another installation of this platform makes"
        " the same gym of it."
    )
)
st.download_button(
    t("Download everything"),
    partial(archives_api.read_archive, api=session.for_later()),
    file_name=f"comeback-gym-{gym['gym_id']}-{today}.zip",
    mime="application/zip",
    icon=":material/archive:",
    type="primary",
    on_click="ignore",
    key="export",
)
st.caption(t("A large gym takes up to half a minute."))
st.warning(
    t(
        "Medical notes are in it as plain text. Keep the file where nobody else reads it. The audit"
        " log keeps that you took it, and each medical note counts as read by you."
    ),
    icon=":material/lock_open:",
)
st.markdown(
    t(
        "Not in it: passwords and sign-ins, links that were mailed, and whatever waits to be done"
        " or sent. People are invited anew where the gym goes."
    )
)
