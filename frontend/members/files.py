"""The photo and the documents of a member."""

from functools import partial

import streamlit as st

from frontend.kit import session
from frontend.kit.api_types import DocumentItem, MemberDetail
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_moment, moment, plain, whole
from frontend.kit.i18n import mark_forms, t
from frontend.kit.paging import current_page, pager
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api

SIZE = 10
PICTURES = ["jpg", "jpeg", "png", "webp"]
MAX_MEGABYTES = 5


def show_photo(member: MemberDetail, *, width: int) -> None:
    if member["has_photo"]:
        try:
            st.image(members_api.read_photo(member["member_id"]), width=width)
        except ApiError as error:
            refusal(error)


def photo_panel(member: MemberDetail) -> None:
    with st.expander(t("Photo"), icon=":material/photo_camera:"):
        with st.form("photo", border=False, clear_on_submit=True):
            sent = st.file_uploader(
                t("JPEG, PNG or WebP"), PICTURES, max_upload_size=MAX_MEGABYTES, key="photo_file"
            )
            saved = st.form_submit_button(t("Save the photo"), icon=":material/check:")
        deleted = member["has_photo"] and st.button(t("Delete the photo"), icon=":material/delete:")
    try:
        if saved and sent:
            members_api.put_photo(member["member_id"], sent.name, sent.getvalue())
            toast_next(t("Saved"))
        elif deleted:
            members_api.delete_photo(member["member_id"])
            toast_next(t("Deleted"))
        else:
            return
    except ApiError as error:
        refusal(error)
        return
    st.rerun()


def documents_panel(member_id: int, zone: str) -> None:
    with st.form("document", border=False, clear_on_submit=True):
        sent = st.file_uploader(
            t("PDF, JPEG, PNG or WebP"), ["pdf", *PICTURES], max_upload_size=MAX_MEGABYTES,
            key="document_file",
        )  # fmt: skip
        if st.form_submit_button(t("Add the document"), icon=":material/upload_file:") and sent:
            try:
                members_api.add_document(member_id, sent.name, sent.getvalue())
            except ApiError as error:
                refusal(error)
            else:
                toast_next(t("Saved"))
                st.rerun()
    key = f"documents_{member_id}"
    found = members_api.page_documents(member_id, page=current_page(key), size=SIZE)
    if not found["total"]:
        st.caption(t("No documents yet: a contract, a waiver, a certificate."))
    for document in found["items"]:
        _row(member_id, document, zone)
    forms = mark_forms("{n} document", "{n} documents")
    pager(found["total"], SIZE, key=key, forms=forms)


def _row(member_id: int, document: DocumentItem, zone: str) -> None:
    file_id = document["file_id"]
    with st.container(horizontal=True, vertical_alignment="center"):
        size = t("{n} kB", n=whole(max(document["size"] // 1000, 1)))
        when = moment(as_moment(document["created_at"], zone))
        about = plain(f"{document['sender']} · {when} · {size}")
        st.markdown(f"**{plain(document['name'])}**  \n:small[:gray[{about}]]")
        ending = "pdf" if document["content_type"].endswith("pdf") else "jpeg"
        st.download_button(
            t("Download"),
            partial(members_api.read_document, member_id, file_id, api=session.for_later()),
            file_name=f"document-{file_id}.{ending}", mime=document["content_type"],
            icon=":material/download:", on_click="ignore", key=f"download_{file_id}",
        )  # fmt: skip
        if st.button(t("Delete"), icon=":material/delete:", key=f"delete_{file_id}"):
            try:
                members_api.delete_document(member_id, file_id)
            except ApiError as error:
                refusal(error)
            else:
                toast_next(t("Deleted"))
                st.rerun()
