"""Takes every mail over SMTP, keeps it and shows it: `python -m local.mail_sink --dir D`.

Nothing ever leaves it. It serves MailDev's REST paths: GET /email, GET /email/ID,
GET /email/ID/source, DELETE /email/ID, DELETE /email/all, and GET /healthz.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import threading
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from local.mailbox import Mail, Mailbox
from local.processes import HOST

_SHOWN = 200
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width">
<style>
:root {{ color-scheme: light dark }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: auto; padding: 1rem }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid #8884 }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }}
</style></head><body>{body}</body></html>"""


class _Receiver:
    """What aiosmtpd calls for each mail."""

    def __init__(self, mailbox: Mailbox, page: str) -> None:
        self._mailbox = mailbox
        self._page = page

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content or b""
        mail = self._mailbox.receive(
            content if isinstance(content, bytes) else content.encode(),
            sender=envelope.mail_from or "",
            recipients=envelope.rcpt_tos,
        )
        print(f"a mail arrived: {self._page}/mail/{mail.id}", flush=True)
        return "250 OK"


class _Web(BaseHTTPRequestHandler):
    mailbox: Mailbox
    protocol_version = "HTTP/1.1"
    server_version = "Comeback-mail-sink"

    def do_GET(self) -> None:
        match urlsplit(self.path).path.strip("/").split("/"):
            case [""]:
                self._answer_page("Mail sink", self._inbox())
            case ["healthz"]:
                self._answer_json(True)
            case ["email"]:
                self._answer_json([mail.description for mail in self.mailbox.list()])
            case ["email", mail_id]:
                if mail := self._find(mail_id):
                    self._answer_json(mail.description)
            case ["email", mail_id, "source"]:
                if mail := self._find(mail_id):
                    self._answer(mail.path.read_bytes(), "text/plain; charset=utf-8")
            case ["mail", mail_id]:
                if mail := self._find(mail_id):
                    self._answer_page(str(mail.description["subject"]), _show(mail))
            case _:
                self._answer_missing()

    def do_DELETE(self) -> None:
        match urlsplit(self.path).path.strip("/").split("/"):
            case ["email", "all"]:
                self.mailbox.delete(*self.mailbox.list())
                self._answer_json(True)
            case ["email", mail_id]:
                if mail := self._find(mail_id):
                    self.mailbox.delete(mail)
                    self._answer_json(True)
            case _:
                self._answer_missing()

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the platform's log has that a mail arrived, not who read it."""

    def _find(self, mail_id: str) -> Mail | None:
        mail = self.mailbox.get(mail_id)
        if mail is None:
            self._answer_missing()
        return mail

    def _answer_missing(self) -> None:
        self._answer_json({"error": "not found"}, HTTPStatus.NOT_FOUND)

    def _answer_json(self, value: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._answer(json.dumps(value).encode(), "application/json", status)

    def _answer_page(self, title: str, body: str) -> None:
        page = _PAGE.format(title=escape(title), body=body)
        self._answer(page.encode(), "text/html; charset=utf-8")

    def _answer(
        self, content: bytes, content_type: str, status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(content)

    def _inbox(self) -> str:
        mails = self.mailbox.list()[::-1]
        rows = "".join(
            f'<tr><td><a href="/mail/{mail.id}">{escape(mail.description["subject"] or "(none)")}'
            f"</a></td><td>{escape(_people(mail, 'to'))}</td>"
            f"<td>{escape(mail.description['time'][:16].replace('T', ' '))}</td></tr>"
            for mail in mails[:_SHOWN]
        )
        head = "<tr><th>Subject</th><th>To</th><th>Arrived (UTC)</th></tr>"
        table = f"<table>{head}{rows}</table>" if mails else "<p>No mail yet.</p>"
        return f"<h1>{len(mails)} mails</h1><p>Sent by this platform; none left it.</p>{table}"


def _show(mail: Mail) -> str:
    description = mail.description
    head = "".join(
        f"<tr><th>{label}</th><td>{escape(value)}</td></tr>"
        for label, value in (
            ("From", _people(mail, "from")),
            ("To", _people(mail, "to")),
            ("Reply to", _people(mail, "replyTo")),
            ("Date", description["date"]),
        )
    )
    text = re.sub(
        r"https?://(?:(?!&[lg]t;|&quot;)\S)+",
        lambda found: f'<a href="{found[0]}">{found[0]}</a>',
        escape(description["text"] or description["html"]),
    )
    return (
        f'<p><a href="/">All mails</a> · <a href="/email/{mail.id}/source">Source</a></p>'
        f"<h1>{escape(description['subject'])}</h1><table>{head}</table><pre>{text}</pre>"
    )


def _people(mail: Mail, role: str) -> str:
    return ", ".join(
        f"{person['name']} <{person['address']}>" if person["name"] else person["address"]
        for person in mail.description[role]
    )


def serve(mailbox: Mailbox, *, smtp_port: int, http_port: int) -> None:
    """Serve until SIGTERM or SIGINT. Both ports accept connections once HTTP responds."""
    handler = _Receiver(mailbox, f"http://{HOST}:{http_port}")
    receiver = Controller(handler, hostname=HOST, port=smtp_port, enable_SMTPUTF8=True)
    receiver.start()
    web = ThreadingHTTPServer((HOST, http_port), type("Web", (_Web,), {"mailbox": mailbox}))
    web.daemon_threads = True
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=web.shutdown).start())
    web.serve_forever(poll_interval=0.1)
    web.server_close()
    receiver.stop()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.mail_sink")
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--http-port", type=int, default=1080)
    parser.add_argument("--dir", type=Path, required=True, help="where the mails are kept")
    options = parser.parse_args()
    os.umask(0o077)
    try:
        serve(Mailbox(options.dir), smtp_port=options.smtp_port, http_port=options.http_port)
    except OSError as error:
        sys.exit(f"mail sink: {error}")


if __name__ == "__main__":
    main()
