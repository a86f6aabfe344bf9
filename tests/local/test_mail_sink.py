"""The mail sink takes mail over SMTP and answers as MailDev does."""

from __future__ import annotations

import json
import signal
import smtplib
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from local.mailbox import Mailbox
from local.processes import HOST, free_port
from tests.fixtures.postgres import ROOT


class Sink:
    def __init__(self, folder: Path) -> None:
        self.smtp_port = free_port()
        self.http_port = free_port(taken={self.smtp_port})
        ports = ["--smtp-port", str(self.smtp_port), "--http-port", str(self.http_port)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local.mail_sink", *ports, "--dir", str(folder)],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            try:
                assert self.ask("/healthz") == "true"
                return
            except urllib.error.URLError:
                time.sleep(0.05)
        raise AssertionError("the mail sink did not start")

    def ask(self, path: str, method: str = "GET") -> str:
        request = urllib.request.Request(f"http://{HOST}:{self.http_port}{path}", method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return str(answer.read().decode())

    def mails(self) -> list[dict[str, Any]]:
        mails: list[dict[str, Any]] = json.loads(self.ask("/email"))
        return mails

    def send(self, message: EmailMessage) -> None:
        with smtplib.SMTP(HOST, self.smtp_port, timeout=120) as smtp:
            smtp.send_message(message)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(180)


@pytest.fixture
def start_sink(tmp_path: Path) -> Iterator[Callable[[], Sink]]:
    started: list[Sink] = []

    def start() -> Sink:
        started.append(Sink(tmp_path / "mail"))
        return started[-1]

    yield start
    for sink in started:
        sink.process.kill()
        sink.process.wait()


def letter(subject: str = "We miss you, Zoë") -> EmailMessage:
    message = EmailMessage()
    message["From"] = '"Iron & Oak" <hello@example.com>'
    message["To"] = "Zoë Müller <zoe@example.net>"
    message["Reply-To"] = "desk@example.org"
    message["Subject"] = subject
    message["Message-ID"] = "<one@example.com>"
    message["List-Unsubscribe"] = "<http://127.0.0.1:8000/u/token>"
    message.set_content("Hi Zoë,\n\nread http://127.0.0.1:8000/u/token?a=1&b=2\n")
    message.add_alternative("<p>Hi Zoë</p>", subtype="html")
    return message


def test_a_mail_is_described_as_maildev_does(start_sink: Callable[[], Sink]) -> None:
    sink = start_sink()
    sink.send(letter())
    (mail,) = sink.mails()
    assert mail["subject"] == "We miss you, Zoë"
    assert mail["from"] == [{"address": "hello@example.com", "name": "Iron & Oak"}]
    assert mail["to"] == [{"address": "zoe@example.net", "name": "Zoë Müller"}]
    assert mail["headers"]["list-unsubscribe"] == "<http://127.0.0.1:8000/u/token>"
    assert mail["headers"]["message-id"] == "<one@example.com>"
    assert mail["text"].startswith("Hi Zoë,")
    assert mail["html"].strip() == "<p>Hi Zoë</p>"
    assert mail["envelope"]["to"] == [{"address": "zoe@example.net"}]
    assert json.loads(sink.ask(f"/email/{mail['id']}")) == mail
    assert "Message-ID: <one@example.com>" in sink.ask(f"/email/{mail['id']}/source")


def test_mails_are_there_again_after_a_restart_until_they_are_deleted(
    start_sink: Callable[[], Sink],
) -> None:
    first = start_sink()
    first.send(letter("first"))
    first.send(letter("second"))
    before = first.mails()
    assert first.stop() == 0
    second = start_sink()
    assert second.mails() == before
    assert [mail["subject"] for mail in before] == ["first", "second"]
    assert second.ask("/email/all", "DELETE") == "true"
    assert second.mails() == []
    second.process.kill()
    assert start_sink().mails() == []


def test_a_mail_that_was_accepted_survives_kill_9(start_sink: Callable[[], Sink]) -> None:
    sink = start_sink()
    sink.send(letter())
    sink.process.kill()
    assert len(start_sink().mails()) == 1


def test_people_read_the_mails_and_nothing_in_them_is_run(start_sink: Callable[[], Sink]) -> None:
    sink = start_sink()
    assert "No mail yet" in sink.ask("/")
    sink.send(letter("<script>alert(1)</script>"))
    (mail,) = sink.mails()
    page = sink.ask("/") + sink.ask(f"/mail/{mail['id']}")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert '<a href="http://127.0.0.1:8000/u/token?a=1&amp;b=2">' in page


def test_an_unknown_mail_is_not_found(start_sink: Callable[[], Sink]) -> None:
    sink = start_sink()
    for path in ("/email/nothing", "/email/../secrets/source", "/elsewhere"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            sink.ask(path)


def test_a_mail_in_an_unknown_charset_is_still_shown(tmp_path: Path) -> None:
    box = Mailbox(tmp_path)
    raw = b"Subject: odd\r\nContent-Type: text/plain; charset=klingon\r\n\r\nqapla'\r\n"
    mail = box.receive(raw, sender="a@example.com", recipients=["b@example.com"])
    assert mail.description["text"].strip() == "qapla'"
    assert Mailbox(tmp_path).list()[0].description == mail.description
