"""Members, and what is kept about each: tags, notes, payments, the mails that they got."""

from typing import Any, cast

from frontend.kit.api_types import (
    AudienceItem,
    DistinctItem,
    DocumentItem,
    DuplicateItem,
    MedicalNoteReadItem,
    MedicalNotes,
    MemberDetail,
    MemberItem,
    MemberMessageItem,
    MergeItem,
    MergePreview,
    NoteItem,
    NumberItem,
    Page,
    PaymentItem,
    TagItem,
)
from frontend.kit.client import Api, NotFound, Params
from frontend.kit.session import api


def page(**query: Any) -> Page[MemberItem]:
    # An address has words for true and false.
    asked = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in query.items()
    }
    return cast(Page[MemberItem], api.get("/members", **asked))


def read(member_id: int) -> MemberDetail:
    return cast(MemberDetail, api.get(f"/members/{member_id}"))


def page_messages(member_id: int, page: int = 1) -> Page[MemberMessageItem]:
    path = f"/members/{member_id}/messages"
    return cast(Page[MemberMessageItem], api.get(path, page=page, size=20))


def create(fields: Params) -> MemberDetail:
    return cast(MemberDetail, api.send("POST", "/members", json=fields))


def update(member_id: int, changes: Params) -> MemberDetail:
    return cast(MemberDetail, api.send("PATCH", f"/members/{member_id}", json=changes))


def look_up(number: str) -> MemberItem:
    """Whose card, barcode or number it is. Raises `NotFound` and `Refused`."""
    return cast(MemberItem, api.send("POST", "/members/lookup", json={"number": number}))


def page_numbers(member_id: int, **query: Any) -> Page[NumberItem]:
    return cast(Page[NumberItem], api.get(f"/members/{member_id}/numbers", **query))


def create_number(member_id: int, kind: str, value: str) -> None:
    api.send("POST", f"/members/{member_id}/numbers", json={"kind": kind, "value": value})


def end_number(member_id: int, number_id: int) -> None:
    api.send("POST", f"/members/{member_id}/numbers/{number_id}/end")


def read_photo(member_id: int) -> bytes:
    return api.file(f"/members/{member_id}/photo")


def find_photo(member_id: int) -> bytes | None:
    try:
        return read_photo(member_id)
    except NotFound:
        return None


def put_photo(member_id: int, name: str, content: bytes) -> None:
    files = {"file": (name, content, "application/octet-stream")}
    api.send("PUT", f"/members/{member_id}/photo", files=files)


def delete_photo(member_id: int) -> None:
    api.send("DELETE", f"/members/{member_id}/photo")


def page_documents(member_id: int, **query: Any) -> Page[DocumentItem]:
    return cast(Page[DocumentItem], api.get(f"/members/{member_id}/documents", **query))


def add_document(member_id: int, name: str, content: bytes) -> None:
    files = {"file": (name, content, "application/octet-stream")}
    api.send("POST", f"/members/{member_id}/documents", files=files)


def read_document(member_id: int, file_id: int, *, api: Api) -> bytes:
    return api.file(f"/members/{member_id}/documents/{file_id}")


def delete_document(member_id: int, file_id: int) -> None:
    api.send("DELETE", f"/members/{member_id}/documents/{file_id}")


def page_duplicates(**query: Any) -> Page[DuplicateItem]:
    return cast(Page[DuplicateItem], api.get("/member-merges/duplicates", **query))


def keep_apart(member_id: int, other_id: int) -> None:
    body = {"member_id": member_id, "other_id": other_id}
    api.send("POST", "/member-merges/distinct", json=body)


def page_distinct(**query: Any) -> Page[DistinctItem]:
    return cast(Page[DistinctItem], api.get("/member-merges/distinct", **query))


def take_back(member_id: int, other_id: int) -> None:
    """That they are two people."""
    api.send("DELETE", f"/member-merges/distinct/{member_id}/{other_id}")


def page_merges(**query: Any) -> Page[MergeItem]:
    return cast(Page[MergeItem], api.get("/member-merges", **query))


def preview_merge(member_id: int, into_id: int) -> MergePreview:
    body = {"member_id": member_id, "into_id": into_id}
    return cast(MergePreview, api.send("POST", "/member-merges/preview", json=body))


def merge(member_id: int, into_id: int) -> None:
    body = {"member_id": member_id, "into_id": into_id}
    api.send("POST", "/member-merges", json=body)


def undo_merge(merge_id: int) -> None:
    api.send("POST", f"/member-merges/{merge_id}/undo")


def read_export(member_id: int, *, api: Api) -> bytes:
    """The audit log keeps that it was made."""
    return api.file(f"/members/{member_id}/export")


def erase(member_id: int, name: str) -> None:
    api.send("POST", f"/members/{member_id}/erase", json={"name": name})


def list_tags() -> list[TagItem]:
    """The first 200 by name."""
    return cast(Page[TagItem], api.get("/tags", size=200))["items"]


def set_tags(member_id: int, names: list[str]) -> list[str]:
    """The tags that the member has now, as the gym writes them."""
    answer = api.send("PUT", f"/members/{member_id}/tags", json={"tags": names})
    return cast(list[str], answer["tags"])


def rename_tag(tag_id: int, name: str) -> None:
    api.send("PATCH", f"/tags/{tag_id}", json={"name": name})


def delete_tag(tag_id: int) -> None:
    api.send("DELETE", f"/tags/{tag_id}")


def page_notes(member_id: int, **query: Any) -> Page[NoteItem]:
    return cast(Page[NoteItem], api.get(f"/members/{member_id}/notes", **query))


def create_note(member_id: int, text: str) -> None:
    api.send("POST", f"/members/{member_id}/notes", json={"text": text})


def update_note(member_id: int, note_id: int, text: str) -> None:
    api.send("PATCH", f"/members/{member_id}/notes/{note_id}", json={"text": text})


def delete_note(member_id: int, note_id: int) -> None:
    api.send("DELETE", f"/members/{member_id}/notes/{note_id}")


def page_payments(member_id: int, **query: Any) -> Page[PaymentItem]:
    return cast(Page[PaymentItem], api.get(f"/members/{member_id}/payments", **query))


def read_medical_notes(member_id: int) -> MedicalNotes:
    """The API records that they were read."""
    return cast(MedicalNotes, api.get(f"/members/{member_id}/medical-notes"))


def write_medical_notes(member_id: int, text: str | None) -> None:
    api.send("PUT", f"/members/{member_id}/medical-notes", json={"text": text})


def page_medical_reads(member_id: int, **query: Any) -> Page[MedicalNoteReadItem]:
    path = f"/members/{member_id}/medical-notes/reads"
    return cast(Page[MedicalNoteReadItem], api.get(path, **query))


def list_audiences() -> list[AudienceItem]:
    """The first 200 by name."""
    return cast(Page[AudienceItem], api.get("/audiences", size=200))["items"]


def create_audience(name: str, chosen: Params) -> None:
    api.send("POST", "/audiences", json={"name": name, "filter": chosen})


def delete_audience(audience_id: int) -> None:
    api.send("DELETE", f"/audiences/{audience_id}")
