"""Mails on disk, described as MailDev 2.2 describes them, so that one reader serves both."""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any

_PARSER = BytesParser(policy=policy.default)


@dataclass(frozen=True)
class Mail:
    id: str
    description: dict[str, Any]
    path: Path


class Mailbox:
    """Every mail is an .eml file, as received, beside a .json file with its envelope.

    Safe for several threads. What is in the folder at the start is there again.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        self._mails = {path.stem: _read(path) for path in sorted(folder.glob("*.eml"))}

    def receive(self, content: bytes, *, sender: str, recipients: Sequence[str]) -> Mail:
        """Store a mail; it is on disk when this returns."""
        name = f"{time.time_ns():020d}{secrets.token_hex(3)}"
        envelope = {"from": sender, "to": list(recipients)}
        (self._folder / f"{name}.json").write_text(json.dumps(envelope))
        fresh = self._folder / f"{name}.new"
        fresh.write_bytes(content)
        path = self._folder / f"{name}.eml"
        os.replace(fresh, path)
        mail = _read(path)
        with self._lock:
            self._mails[name] = mail
        return mail

    def list(self) -> list[Mail]:
        """All mails, the oldest first, as MailDev lists them."""
        with self._lock:
            return list(self._mails.values())

    def get(self, mail_id: str) -> Mail | None:
        with self._lock:
            return self._mails.get(mail_id)

    def delete(self, *mails: Mail) -> None:
        with self._lock:
            for mail in mails:
                if self._mails.pop(mail.id, None):
                    mail.path.unlink(missing_ok=True)
                    mail.path.with_suffix(".json").unlink(missing_ok=True)


def _read(path: Path) -> Mail:
    content = path.read_bytes()
    message = _PARSER.parsebytes(content)
    assert isinstance(message, EmailMessage)
    try:
        envelope = json.loads(path.with_suffix(".json").read_text())
    except (FileNotFoundError, ValueError):
        envelope = {"from": "", "to": []}
    received = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()
    description = {
        "id": path.stem,
        "subject": str(message.get("subject", "")),
        "from": _addresses(message, "from"),
        "to": _addresses(message, "to"),
        "cc": _addresses(message, "cc"),
        "replyTo": _addresses(message, "reply-to"),
        "messageId": str(message.get("message-id", "")).strip("<> "),
        "headers": _headers(message),
        "text": _body(message, "plain"),
        "html": _body(message, "html"),
        "date": _date(message) or received,
        "time": received,
        "envelope": {
            "from": {"address": envelope["from"]},
            "to": [{"address": address} for address in envelope["to"]],
        },
        "size": len(content),
    }
    return Mail(path.stem, description, path)


def _addresses(message: EmailMessage, header: str) -> list[dict[str, str]]:
    values = [str(value) for value in message.get_all(header, [])]
    return [{"address": address, "name": name} for name, address in getaddresses(values)]


def _headers(message: EmailMessage) -> dict[str, str | list[str]]:
    """By lower-cased name; a list only where a header is repeated."""
    headers: dict[str, str | list[str]] = {}
    for name in dict.fromkeys(key.lower() for key in message):
        values = [str(value) for value in message.get_all(name, [])]
        headers[name] = values[0] if len(values) == 1 else values
    return headers


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, ValueError):  # a charset that nobody knows
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _date(message: EmailMessage) -> str | None:
    try:
        return parsedate_to_datetime(str(message["date"])).isoformat()
    except (TypeError, ValueError):
        return None
