"""What the gym's members get from it, how often, and whether mail can be sent at all."""

import streamlit as st

from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import OrganizationDetail
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.organizations.address_confirmation import address_of_replies, link_button
from frontend.organizations.saving import save, save_button

MAX = MAX_LENGTH["OrganizationUpdate"]


def messages_tab(gym: OrganizationDetail) -> None:
    with st.form("messages"):
        left, right = st.columns(2)
        reply_to = left.text_input(
            t("Replies go to"), gym["reply_to"] or "", max_chars=MAX["reply_to"],
            key="gym_reply_to", placeholder=gym["email"],
            help=t("Where your members' answers arrive. Confirmed by a link, too."),
        )  # fmt: skip
        pause = right.number_input(
            t("Days between two mails to a member"), 1, 90, gym["mail_pause_days"],
            key="gym_mail_pause_days",
            help=t("A campaign leaves out who was mailed within these days."),
        )  # fmt: skip
        limit = left.number_input(
            t("Campaign mails in a day, at most"), 1, 1_000_000, gym["mail_daily_limit"],
            key="gym_mail_daily_limit", placeholder=t("As many as the platform allows"),
        )  # fmt: skip
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
        reports = st.checkbox(
            t("Daily report by mail"), gym["mails_daily_report"], key="gym_mails_daily_report",
            help=t("Each morning the owner gets yesterday's report."),
        )  # fmt: skip
        pressed = save_button(key="save_messages")
    if pressed:
        save(
            gym,
            {
                "reply_to": reply_to.strip() or None,
                "mail_pause_days": pause,
                "mail_daily_limit": limit,
                "sends_payment_reminders": reminds,
                "mails_daily_report": reports,
            },
        )
    mail_state(gym)


def mail_state(gym: OrganizationDetail) -> None:
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
