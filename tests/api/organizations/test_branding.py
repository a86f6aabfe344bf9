"""A gym's logo and colour: kept safely, and carried by its mails and papers."""

import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import text

from db.models import Gym, Member, Role
from tests.factories.campaigns import send_mail
from tests.fixtures.api import ApiClient, SignInAs
from tests.fixtures.mail import MailServer, ReceivedMail

ME = "/api/v1/organizations/me"
LOGO = f"{ME}/logo"
DAY = "/api/v1/attendance-reports"
AddMember = Callable[..., Member]


def picture(colour: str = "navy", kind: str = "PNG", size: tuple[int, int] = (600, 200)) -> bytes:
    written = io.BytesIO()
    Image.new("RGBA", size, colour).convert("RGBA" if kind == "PNG" else "RGB").save(written, kind)
    return written.getvalue()


def put(caller: ApiClient, content: bytes, name: str = "logo.png") -> Any:
    return caller.put(LOGO, files={"file": (name, content)})


def pixel(content: bytes) -> Any:
    return Image.open(io.BytesIO(content)).convert("RGB").getpixel((5, 5))


def test_a_logo_is_made_anew_shown_replaced_and_deleted(owner: ApiClient) -> None:
    assert owner.get(ME).json()["has_logo"] is False
    assert owner.get(LOGO).status_code == 404
    seen = []
    for kind, colour in (("PNG", "navy"), ("JPEG", "red"), ("WEBP", "green")):
        assert put(owner, picture(colour, kind) + b"hidden behind it").status_code == 204
        shown = owner.get(LOGO)
        assert shown.headers["content-type"] == "image/png"
        assert b"hidden" not in shown.content
        assert Image.open(io.BytesIO(shown.content)).size == (320, 107)
        seen.append((owner.get("/api/v1/auth/me").json()["gym"]["logo_id"], pixel(shown.content)))
    assert len(set(seen)) == 3
    assert owner.get(ME).json()["has_logo"] is True
    assert owner.delete(LOGO).status_code == 204
    assert owner.delete(LOGO).status_code == 404
    assert owner.get(LOGO).json()["code"] == "no_picture"


def test_what_was_transparent_is_white_and_what_would_not_be_seen_is_refused(
    owner: ApiClient,
) -> None:
    half = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    half.paste("navy", (20, 0, 40, 40))
    written = io.BytesIO()
    half.save(written, "PNG")
    assert put(owner, written.getvalue()).status_code == 204
    assert pixel(owner.get(LOGO).content) == (255, 255, 255)
    refused = put(owner, picture("#ffffff80"))
    assert (refused.status_code, refused.json()["code"]) == (422, "picture_refused")
    assert "On white" in refused.json()["detail"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"<html><script>alert(1)</script></html>",
        b"GIF89a",
        b"%PDF-1.4",
        picture()[:60],
    ],
)
def test_what_is_no_picture_is_refused_and_the_logo_before_stays(
    owner: ApiClient, content: bytes
) -> None:
    put(owner, picture("red"))
    refused = put(owner, content)
    assert (refused.status_code, refused.json()["code"]) == (422, "picture_refused")
    assert pixel(owner.get(LOGO).content) == (255, 0, 0)


def test_one_that_is_too_large_is_refused(owner: ApiClient) -> None:
    assert put(owner, picture() + bytes(5 * 1024 * 1024)).status_code == 413


@pytest.mark.parametrize(
    ("role", "reads", "edits"),
    [
        (Role.ADMIN, 200, 204),
        (Role.RECEPTIONIST, 200, 403),
        (Role.TRAINER, 200, 403),
        (Role.MEMBER, 200, 403),
    ],
)
def test_everybody_of_the_gym_sees_it_and_who_edits_the_gym_changes_it(
    owner: ApiClient, sign_in_as: SignInAs, role: Role, reads: int, edits: int
) -> None:
    put(owner, picture())
    person = sign_in_as(role)
    assert person.get(LOGO).status_code == reads
    assert put(person, picture("red")).status_code == edits
    assert person.delete(LOGO).status_code == edits


def test_another_gym_has_its_own(owner: ApiClient, other_owner: ApiClient) -> None:
    put(owner, picture("red"))
    assert other_owner.get(LOGO).status_code == 404
    assert other_owner.delete(LOGO).status_code == 404
    put(other_owner, picture("blue"))
    assert pixel(owner.get(LOGO).content) == (255, 0, 0)


def test_of_two_that_are_put_at_once_one_is_kept(owner: ApiClient) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(put, owner, picture(colour)) for colour in ("red", "blue") * 4]
        assert {answer.result().status_code for answer in answers} == {204}
    assert owner.get(LOGO).status_code == 200


def test_a_colour_is_kept_as_it_is_and_shown_where_it_can_be_seen(owner: ApiClient) -> None:
    assert owner.get("/api/v1/auth/me").json()["gym"]["colours"] is None
    changed = owner.patch(ME, json={"brand_colour": "#FFD600"})
    assert changed.json()["brand_colour"] == "#ffd600"
    colours = owner.get("/api/v1/auth/me").json()["gym"]["colours"]
    assert colours["on_dark"] == "#ffd600"
    assert colours["on_light"] != "#ffd600"
    assert owner.patch(ME, json={"brand_colour": None}).json()["brand_colour"] is None


@pytest.mark.parametrize(
    "colour",
    [
        "",
        "red",
        "#fff",
        "#12345g",
        "123456",
        "#1234567",
        "#123456;x",
        "#１２３４５６",
        7,
        "\x00",
        "x" * 9999,
    ],
)
def test_what_is_no_colour_is_refused(owner: ApiClient, colour: Any) -> None:
    assert owner.patch(ME, json={"brand_colour": colour}).status_code == 422


@pytest.fixture
def mailed(
    owner: ApiClient, add_member: AddMember, mail_server: MailServer, send_queued: Any,
    empty_outbox: None,
) -> Callable[[], ReceivedMail]:  # fmt: skip
    def mailed() -> ReceivedMail:
        member = add_member()
        send_mail(owner, member)
        send_queued()
        assert member.email
        [mail] = mail_server.to(member.email)
        return mail

    return mailed


def pictures_of(mail: ReceivedMail) -> list[Any]:
    return [part for part in mail.message.walk() if part.get_content_type() == "image/png"]


def test_a_mail_to_a_member_carries_logo_and_colour_and_its_text_does_not(
    owner: ApiClient, gym: Gym, mailed: Callable[[], ReceivedMail]
) -> None:
    plain = mailed()
    assert not pictures_of(plain)
    assert "border-bottom" not in plain.html
    owner.patch(ME, json={"brand_colour": "#b3261e"})
    put(owner, picture())
    mail = mailed()
    [logo] = pictures_of(mail)
    cid = logo["Content-ID"].strip("<>")
    assert f'<img src="cid:{cid}" alt="{gym.name}" width="160" height="54"' in mail.html
    assert "#b3261e" in mail.html
    assert "http" not in mail.html.partition("<hr")[0], "nothing is fetched to show it"
    assert logo.get_content_disposition() == "inline"
    assert logo.get_content() == owner.get(LOGO).content
    assert mail.text.partition("-- ")[0] == plain.text.partition("-- ")[0]
    owner.delete(LOGO)
    assert f"<strong>{gym.name}</strong>" in mailed().html


def test_an_invitation_has_a_button_in_the_gyms_colour(
    owner: ApiClient, mail_server: MailServer, send_queued: Any, empty_outbox: None, gym: Gym,
) -> None:  # fmt: skip
    owner.patch(ME, json={"brand_colour": "#ffd600"})
    address = f"rui-{gym.gym_id}@example.com"
    owner.post("/api/v1/invitations", json={"email": address, "role": "trainer"})
    send_queued()
    html = mail_server.to(address)[-1].html
    assert "background:#ffd600;color:#14211f" in html
    assert "Open the link" in html


@pytest.mark.parametrize("harm", ["no bytes", "no picture", "another picture", "too large"])
def test_a_dead_logo_stops_neither_a_mail_nor_a_report(
    owner: ApiClient, gym: Gym, mailed: Callable[[], ReceivedMail], ops_session: Any, harm: str
) -> None:
    put(owner, picture())
    content = {
        "no picture": b"<svg/>",
        "another picture": picture(kind="WEBP"),
        "too large": picture(size=(400, 10)),
    }.get(harm)
    change = (
        "delete from file_contents" if content is None else "update file_contents set content = :c"
    )
    ops_session.execute(text(f"{change} where gym_id = :g"), {"g": gym.gym_id, "c": content})
    ops_session.commit()
    assert not pictures_of(mailed())
    assert owner.get(LOGO).status_code == 404
    assert owner.post(DAY, json={"day": "2026-11-17"}).status_code == 201
    pdf = owner.get(f"{DAY}/2026-11-17.pdf")
    assert pdf.status_code == 200
    assert not PdfReader(io.BytesIO(pdf.content)).pages[0].images


def test_the_report_on_paper_has_the_logo_and_is_the_same_when_made_again(owner: ApiClient) -> None:
    owner.patch(ME, json={"brand_colour": "#b3261e"})
    put(owner, picture())
    owner.post(DAY, json={"day": "2026-11-17"})
    pdf = owner.get(f"{DAY}/2026-11-17.pdf").content
    [image] = PdfReader(io.BytesIO(pdf)).pages[0].images
    assert image.image.size == (320, 107)
    assert owner.get(f"{DAY}/2026-11-17.pdf").content == pdf
