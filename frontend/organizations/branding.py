"""The gym's logo and colour."""

import streamlit as st

from frontend.kit.api_types import OrganizationDetail
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.i18n import t
from frontend.kit.toasts import toast_next
from frontend.members.files import MAX_MEGABYTES, PICTURES
from frontend.organizations import client as organizations_api
from frontend.organizations.saving import save, save_button

OF_THE_PLATFORM = "#0f766e"


def branding_tab(gym: OrganizationDetail) -> None:
    st.caption(
        t(
            "Logo and colour are in every email to a member and on the daily report; the logo also"
            " stands at the top left of this dashboard, and its charts take the colour. Its buttons"
            " keep their own."
        )
    )
    left, right = st.columns(2)
    with left, st.container(border=True):
        _logo(gym)
    with right, st.container(border=True):
        _colour(gym)


def _logo(gym: OrganizationDetail) -> None:
    st.subheader(t("Logo"), anchor=False)
    try:
        if gym["has_logo"]:
            st.image(organizations_api.read_logo(), width=160)
    except ApiError as error:
        refusal(error)
    with st.form("logo", border=False, clear_on_submit=True):
        sent = st.file_uploader(
            t("JPEG, PNG or WebP"), PICTURES, max_upload_size=MAX_MEGABYTES, key="logo_file",
            help=t("It is put on white, as mails and paper are."),
        )  # fmt: skip
        saved = st.form_submit_button(t("Save the logo"), icon=":material/check:", key="save_logo")
    deleted = gym["has_logo"] and st.button(
        t("Delete the logo"), icon=":material/delete:", key="delete_logo"
    )
    try:
        if saved and sent:
            organizations_api.put_logo(sent.name, sent.getvalue())
            toast_next(t("Saved"))
        elif deleted:
            organizations_api.delete_logo()
            toast_next(t("Deleted"))
        else:
            return
    except ApiError as error:
        refusal(error)
        return
    st.rerun()


def _colour(gym: OrganizationDetail) -> None:
    st.subheader(t("Colour"), anchor=False)
    with st.form("colour", border=False):
        has_own = st.checkbox(
            t("Use our own colour"), gym["brand_colour"] is not None, key="gym_has_colour"
        )
        colour = st.color_picker(
            t("Our colour"), gym["brand_colour"] or OF_THE_PLATFORM, key="gym_brand_colour",
            help=t(
                "Letters on it are white or dark, whichever is easier to read. Where it is too pale"
                " or too dark to be seen, a shade of it is used."
            ),
        )  # fmt: skip
        pressed = save_button(key="save_colour")
    if pressed:
        save(gym, {"brand_colour": colour.lower() if has_own else None})
