"""What the gym is called, its addresses, and whether mail can be sent."""

import streamlit as st

from frontend.auth import client as auth_api
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import OrganizationDetail
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import plain
from frontend.kit.i18n import LANGUAGES, t
from frontend.kit.toasts import toast_next
from frontend.members.fields import changed
from frontend.organizations import client as organizations_api
from frontend.organizations.address_confirmation import (
    address_of_replies,
    confirmation_note,
    link_button,
)

MAX = MAX_LENGTH["OrganizationUpdate"]


def mail_state(gym: OrganizationDetail) -> None:
    confirmation_note(gym)
    if gym["email_configured"] and not gym["email_ready"]:
        return
    with st.container(border=True, key="mail_state"):
        st.subheader(t("Sending mail"), anchor=False)
        if gym["email_ready"]:
            reply_to = plain(address_of_replies(gym))
            st.markdown(
                f":green[:material/check_circle:] {t('Mail can be sent.')} "
                + t("Replies go to **{address}**.", address=reply_to)
            )
            if not gym["reply_to_confirmed"]:
                wanted = t(
                    "They go to {address} once that is confirmed by the link mailed there.",
                    address=plain(gym["reply_to"] or ""),
                )
                st.caption(wanted)
                link_button(t("Send the link again"))
        else:
            problem = gym["email_problem"] or t("Sending mail is not set up on this server yet.")
            disabled = t("Send is disabled.")
            st.markdown(f":orange[:material/mail_off:] **{disabled}** {plain(problem)}")
            st.caption(
                t("Whoever runs this server sets SMTP_HOST and SMTP_FROM, and starts it again.")
            )


def profile(gym: OrganizationDetail) -> None:
    zones = list(dict.fromkeys([gym["timezone"], *auth_api.read_choices()["timezones"]]))
    with st.form("gym"):
        left, right = st.columns(2)
        with left:
            name = st.text_input(
                t("Name of your gym"), gym["name"], max_chars=MAX["name"], key="gym_name"
            )
            email = st.text_input(
                t("Your email address"), gym["email"], max_chars=MAX["email"], key="gym_email",
                help=t("You sign in with it. A new one is confirmed by a link that we mail there."),
            )  # fmt: skip
            reply_to = st.text_input(
                t("Replies go to"), gym["reply_to"] or "", max_chars=MAX["reply_to"],
                key="gym_reply_to", placeholder=gym["email"],
                help=t("Where your members' answers arrive. Confirmed by a link, too."),
            )  # fmt: skip
            phone = st.text_input(
                t("Phone"), gym["phone"] or "", max_chars=MAX["phone"], key="gym_phone"
            )
        with right:
            address = st.text_area(
                t("Address"),
                gym["address"] or "",
                max_chars=MAX["address"],
                height=120,
                key="gym_address",
            )
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
        reminds = st.checkbox(
            t("Remind members of payments"), gym["sends_payment_reminders"],
            key="gym_sends_payment_reminders",
            help=t(
                "One for each payment that is due soon or overdue: an SMS to members who agreed to"
                " it, an email to others who may be mailed."
            ),
        )  # fmt: skip
        if gym["sms_problem"]:
            by_mail = t("Reminders go by email only.") if gym["email_ready"] else ""
            st.caption(f"{plain(gym['sms_problem'])} {by_mail}")
        enforces = st.checkbox(
            t("The desk refuses who may not enter"), gym["enforces_access"],
            key="gym_enforces_access",
            help=t(
                "By membership, payment, hours, location and visits left. Otherwise the desk is"
                " only warned. Whoever works at the desk can let somebody in all the"
                " same and says why."
            ),
        )  # fmt: skip
        grace = st.number_input(
            t("Days of grace"), 0, 365, gym["debt_grace_days"],
            key="gym_debt_grace_days", width=320,
            help=t(
                "For so many days, from the first unpaid one, who has not paid may still enter."
            ),
        )  # fmt: skip
        left, right = st.columns(2)
        pause = left.number_input(
            t("Days between two mails to a member"), 1, 90, gym["mail_pause_days"],
            key="gym_mail_pause_days",
            help=t("A campaign leaves out who was mailed within these days."),
        )  # fmt: skip
        limit = right.number_input(
            t("Campaign mails in a day, at most"), 1, 1_000_000, gym["mail_daily_limit"],
            key="gym_mail_daily_limit", placeholder=t("As many as the platform allows"),
        )  # fmt: skip
        signs_in = t(
            "The owner signs in as {username} or {email}. All money is in {currency}.",
            username=plain(gym["username"]), email=plain(gym["email"]), currency=gym["currency"],
        )  # fmt: skip
        st.markdown(f":small[{signs_in}]")
        pressed = st.form_submit_button(t("Save"), type="primary", icon=":material/check:")
    if not pressed:
        return
    after = {
        "name": name.strip(),
        "email": email.strip(),
        "reply_to": reply_to.strip() or None,
        "phone": phone.strip() or None,
        "address": address.strip() or None,
        "timezone": timezone,
        "language": language,
        "sends_payment_reminders": reminds,
        "enforces_access": enforces,
        "debt_grace_days": grace,
        "mail_pause_days": pause,
        "mail_daily_limit": limit,
    }
    try:
        changes = changed(dict(gym), after)
        if changes:
            organizations_api.update(changes)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Saved"))
    st.rerun()


st.title(t("Gym profile"), anchor=False)
gym = organizations_api.read()
mail_state(gym)
profile(gym)
