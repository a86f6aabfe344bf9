"""S2: whatever stands in a name, a subject or an address, a mail has our headers and one reader."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.providers.email.base import OutgoingMail
from api.providers.email.console import ConsoleProvider
from api.providers.email.message import compose, to_bytes
from api.providers.failures import PermanentFailure
from db.addresses import read_address, read_sender

SENDER = "mail@comeback.example"
HEADERS = {
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "X-Comeback-Message",
    "MIME-Version",
    "Content-Type",
}
MAIL = OutgoingMail(
    message_id="<0123456789abcdef0123456789abcdef@comeback.example>",
    sender_name="Iron District",
    to_name="Paula Dias",
    to="paula@example.com",
    reply_to="hello@iron.example.com",
    subject="We miss you",
    text="Hi Paula,\n\nsee you <soon> & often?\nBye",
    footer=("Iron District, Main Street 1", "No more mails like this: https://x.example.com/u/abc"),
    unsubscribe_url="https://x.example.com/u/" + "t" * 43,
    reference="17",
    written_at=datetime(2026, 11, 18, 12, tzinfo=UTC),
)
HOSTILE = [
    "Paula\r\nBcc: victim@example.net",
    "Paula\nBcc: victim@example.net",
    "Paula\rBcc: victim@example.net",
    "Paula\x00\x0b\x0c\x1c\x85\u2028\u2029Bcc: victim@example.net",
    "Paula, victim@example.net",
    "Paula; victim@example.net",
    'Paula" <victim@example.net>, "x',
    "<victim@example.net>",
    "Paula <victim@example.net>",
    "Paula (comment) \\",
    "=?utf-8?q?Paula=0D=0ABcc=3A_victim=40example=2Enet?=",
    "=?utf-8?b?UGF1bGENCkJjYzogdmljdGltQGV4YW1wbGUubmV0?=",
    "Zoë \u202egnp.exe, Ünïcödé; <a@b.example.com>",
    "ж" * 300,
    "x" * 5_000,
    ":" * 50,
    "@",
    "",
]


def read_back(mail: OutgoingMail) -> object:
    content = to_bytes(compose(mail, SENDER))
    assert b"\x00" not in content
    head = content.partition(b"\r\n\r\n")[0]
    assert all(len(line) <= 998 for line in content.split(b"\r\n"))
    lines = [line for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert {line.partition(b":")[0].decode() for line in lines} == HEADERS
    assert len(lines) == len(HEADERS)
    message = message_from_bytes(content, policy=policy.default)
    assert [address.addr_spec for address in message["To"].addresses] == [read_address(mail.to)]
    assert [address.addr_spec for address in message["From"].addresses] == [SENDER]
    assert len(message["Reply-To"].addresses) == 1
    assert not message.defects
    return message


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("part", ["sender_name", "to_name", "subject"])
def test_nothing_in_a_name_or_subject_adds_a_header_or_a_reader(part: str, text: str) -> None:
    read_back(replace(MAIL, **{part: text}))


_PIECES = st.sampled_from(
    ["=?", "?=", "utf-8", "?q?", "?b?", "=0D=0A", "\r", "\n", "Bcc:", "@", ",", "<", ">", '"', " "]
)
_TEXT = st.text(max_size=120) | st.lists(_PIECES, max_size=20).map("".join)


@given(_TEXT, _TEXT, _TEXT)
def test_no_text_at_all_adds_a_header_or_a_reader(sender: str, name: str, subject: str) -> None:
    storable = [text.encode(errors="ignore").decode() for text in (sender, name, subject)]
    read_back(replace(MAIL, sender_name=storable[0], to_name=storable[1], subject=storable[2]))


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com, b@example.com",
        "a@example.com; b@example.com",
        "a@example.com b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com\x00",
        "a@example.com\n",
        "Paula <a@example.com>",
        "<a@example.com>",
        "@relay.example.com:a@example.com",
        "a@example.com>",
        "group: a@example.com, b@example.com;",
        "a",
        "",
        "a@[127.0.0.1]",
    ],
)
def test_an_address_that_is_not_exactly_one_is_refused(address: str) -> None:
    with pytest.raises(PermanentFailure):
        compose(replace(MAIL, to=address), SENDER)


def test_text_and_html_say_the_same_and_end_with_the_way_out() -> None:
    message = read_back(MAIL)
    text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")  # type: ignore[attr-defined]
    html = message.get_body(("html",)).get_content().replace("\r\n", "\n")  # type: ignore[attr-defined]
    assert text.startswith("Hi Paula,\n\nsee you <soon> & often?\nBye\n\n-- \nIron District")
    assert text.rstrip().endswith("https://x.example.com/u/abc")
    assert "<p>see you &lt;soon&gt; &amp; often?<br>Bye</p>" in html
    assert '<a href="https://x.example.com/u/abc">' in html


def test_long_links_and_ids_arrive_as_they_are() -> None:
    url = "https://dashboard.a-rather-long-name-of-a-platform.example.com/u/" + "t" * 43
    content = to_bytes(compose(replace(MAIL, unsubscribe_url=url), SENDER))
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in content
    assert f"Message-ID: {MAIL.message_id}\r\n".encode() in content


def test_a_repeat_is_the_same_mail() -> None:
    def without_boundary(content: bytes) -> list[bytes]:
        return [line for line in content.split(b"\r\n") if b"==" not in line]

    first, again = (to_bytes(compose(MAIL, SENDER)) for _ in range(2))
    assert without_boundary(first) == without_boundary(again)


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("mail@comeback.example", "mail@comeback.example"),
        ("Comeback <mail@comeback.example>", "mail@comeback.example"),
        (" mail@comeback.example ", "mail@comeback.example"),
    ],
)
def test_the_sender_may_be_written_with_a_name(written: str, bare: str) -> None:
    assert read_sender(written) == bare


@pytest.mark.parametrize("written", ["nobody", "a@b@c", "a@example.com\nBcc: b@example.com", ""])
def test_a_sender_that_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_sender(written)


def test_the_console_shows_the_mail_as_it_would_go() -> None:
    output = StringIO()
    provider = ConsoleProvider(SENDER, output)
    provider.send(MAIL)
    provider.close()
    assert "To: Paula Dias <paula@example.com>\n" in output.getvalue()
