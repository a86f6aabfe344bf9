"""What the gym is called, where it is, and how its owner signs in."""

import streamlit as st

from frontend.auth import client as auth_api
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import OrganizationDetail
from frontend.kit.formats import plain
from frontend.kit.i18n import LANGUAGES, t
from frontend.organizations.saving import save, save_button

MAX = MAX_LENGTH["OrganizationUpdate"]


def profile_tab(gym: OrganizationDetail) -> None:
    zones = list(dict.fromkeys([gym["timezone"], *auth_api.read_choices()["timezones"]]))
    with st.form("profile"):
        left, right = st.columns(2)
        with left:
            name = st.text_input(
                t("Name of your gym"), gym["name"], max_chars=MAX["name"], key="gym_name"
            )
            email = st.text_input(
                t("Your email address"), gym["email"], max_chars=MAX["email"], key="gym_email",
                help=t("You sign in with it. A new one is confirmed by a link that we mail there."),
            )  # fmt: skip
            phone = st.text_input(
                t("Phone"), gym["phone"] or "", max_chars=MAX["phone"], key="gym_phone"
            )
            address = st.text_input(
                t("Address"), gym["address"] or "", max_chars=MAX["address"], key="gym_address"
            )
        with right:
            language = st.selectbox(
                t("Language of mails and reports"), list(LANGUAGES),
                index=list(LANGUAGES).index(gym["language"]), format_func=LANGUAGES.__getitem__,
                key="gym_language",
            )  # fmt: skip
            timezone = st.selectbox(
                t("Time zone"), zones, index=zones.index(gym["timezone"]), key="gym_timezone"
            )
            if gym["pending_timezone"]:
                st.caption(
                    t(
                        "Changes to {zone} once all visits are counted anew.",
                        zone=plain(gym["pending_timezone"]),
                    )
                )
        signs_in = t(
            "The owner signs in as {username} or {email}. All money is in {currency}.",
            username=plain(gym["username"]), email=plain(gym["email"]), currency=gym["currency"],
        )  # fmt: skip
        st.markdown(f":small[{signs_in}]")
        pressed = save_button(key="save_profile")
    if pressed:
        save(
            gym,
            {
                "name": name.strip(),
                "email": email.strip(),
                "phone": phone.strip() or None,
                "address": address.strip() or None,
                "timezone": timezone,
                "language": language,
            },
        )
