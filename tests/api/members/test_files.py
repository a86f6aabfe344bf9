"""The photo and the documents of a member: private, by their content, under names of ours."""

import io
import zipfile
from typing import Any

import pytest
from PIL import Image

from db.models import Role
from tests.fixtures.api import ApiClient, SignInAs

URL = "/api/v1/members"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj << >> endobj\n%%EOF"


def picture(colour: str = "red", kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (30, 20), colour).save(written, kind)
    return written.getvalue()


@pytest.fixture
def path(owner: ApiClient) -> str:
    return f"{URL}/{owner.post(URL, json={'name': 'Ana'}).json()['member_id']}"


def send(caller: ApiClient, path: str, content: bytes, name: str = "a.png") -> Any:
    verb = "PUT" if path.endswith("/photo") else "POST"
    return caller.request(verb, path, files={"file": (name, content)})


def test_a_photo_is_made_anew_shown_replaced_and_deleted(owner: ApiClient, path: str) -> None:
    assert owner.get(path).json()["has_photo"] is False
    assert owner.get(f"{path}/photo").status_code == 404
    for colour in ("red", "blue"):
        assert send(owner, f"{path}/photo", picture(colour)).status_code == 204
    shown = owner.get(f"{path}/photo")
    assert shown.headers["content-type"] == "image/webp"
    red, _green, blue = Image.open(io.BytesIO(shown.content)).convert("RGB").getpixel((5, 5))
    assert blue > red
    assert owner.get(path).json()["has_photo"] is True
    assert owner.delete(f"{path}/photo").status_code == 204
    assert owner.get(f"{path}/photo").status_code == 404


def test_d_ff_30_a_document_is_what_its_content_says_and_only_downloaded(
    owner: ApiClient, path: str
) -> None:
    for content, name, kind, ending in (
        (PDF, "photo.png", "application/pdf", "pdf"),
        (picture(), "contract.pdf", "image/jpeg", "jpeg"),
    ):
        made = send(owner, f"{path}/documents", content, name).json()
        assert (made["name"], made["content_type"]) == (name, kind)
        answer = owner.get(f"{path}/documents/{made['file_id']}")
        assert answer.headers["content-type"] == kind
        disposition = answer.headers["content-disposition"]
        assert disposition == f'attachment; filename="member-document-{made["file_id"]}.{ending}"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "..\\..\\boot.ini", "a\r\nSet-Cookie: x=1", '"; x="', "/", "\x00"]
)
def test_d_ff_30_a_name_is_never_a_path_nor_a_header(
    owner: ApiClient, path: str, name: str
) -> None:
    first = send(owner, f"{path}/documents", PDF, "same.pdf").json()["file_id"]
    made = send(owner, f"{path}/documents", PDF, name)
    if made.status_code == 201:
        kept = made.json()["name"]
        assert not {"/", "\\", "\r", "\n", "\x00"} & set(kept)
        answer = owner.get(f"{path}/documents/{made.json()['file_id']}")
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["content-disposition"].startswith('attachment; filename="member-')
    assert owner.get(f"{path}/documents/{first}").content == PDF, "nothing is written over"


@pytest.mark.parametrize(
    "content", [b"", b"<script>alert(1)</script>", b"MZ\x90\x00", b"GIF89a", b"PK\x03\x04"]
)
def test_d_ff_30_what_is_neither_pdf_nor_picture_is_refused(
    owner: ApiClient, path: str, content: bytes
) -> None:
    refused = send(owner, f"{path}/documents", content, "a.pdf")
    assert (refused.status_code, refused.json()["code"]) == (422, "document_refused")
    photo = send(owner, f"{path}/photo", content)
    assert (photo.status_code, photo.json()["code"]) == (422, "picture_refused")
    assert owner.get(f"{path}/documents").json()["total"] == 0


def test_d_ff_30_nobody_else_sees_them(
    owner: ApiClient, other_owner: ApiClient, client: ApiClient, sign_in_as: SignInAs, path: str
) -> None:
    file_id = send(owner, f"{path}/documents", PDF).json()["file_id"]
    send(owner, f"{path}/photo", picture())
    document = f"{path}/documents/{file_id}"
    for address in (document, f"{path}/photo"):
        assert client.get(address).status_code == 401
        assert other_owner.get(address).status_code == 404
        assert sign_in_as(Role.MEMBER).get(address).status_code == 403
    assert sign_in_as(Role.TRAINER).get(document).status_code == 403
    assert sign_in_as(Role.TRAINER).get(f"{path}/photo").status_code == 200
    assert sign_in_as(Role.RECEPTIONIST).get(document).status_code == 200
    other = other_owner.post(URL, json={"name": "Bo"}).json()["member_id"]
    assert other_owner.get(f"{URL}/{other}/documents/{file_id}").status_code == 404
    assert other_owner.delete(document).status_code == 404
    sibling = owner.post(URL, json={"name": "Cy"}).json()["member_id"]
    assert owner.get(f"{URL}/{sibling}/documents/{file_id}").status_code == 404


def test_a_file_that_is_too_large_is_refused(owner: ApiClient, path: str) -> None:
    answer = send(owner, f"{path}/documents", b"%PDF-" + bytes(5 * 1024 * 1024))
    assert answer.status_code == 413


def test_they_are_in_the_export_and_gone_when_the_member_is_erased(
    owner: ApiClient, path: str
) -> None:
    file_id = send(owner, f"{path}/documents", PDF).json()["file_id"]
    send(owner, f"{path}/photo", picture())
    with zipfile.ZipFile(io.BytesIO(owner.get(f"{path}/export").content)) as archive:
        assert archive.read(f"files/{file_id}.pdf") == PDF
        assert len([name for name in archive.namelist() if name.startswith("files/")]) == 2
    assert owner.post(f"{path}/erase", json={"name": "Ana"}).status_code == 204
    assert owner.get(f"{path}/photo").status_code == 404
    assert owner.get(f"{path}/documents").json()["total"] == 0
    refused = send(owner, f"{path}/documents", PDF)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_longer_kept")


def test_who_sent_and_deleted_a_document_stands_in_the_log(owner: ApiClient, path: str) -> None:
    file_id = send(owner, f"{path}/documents", PDF).json()["file_id"]
    assert owner.delete(f"{path}/documents/{file_id}").status_code == 204
    entries = owner.get("/api/v1/audit-log", params={"noun": "file"}).json()["items"]
    assert [entry["action"] for entry in entries] == ["deleted", "created"]
    assert "content" not in {change["field"] for e in entries for change in e["changes"]}
