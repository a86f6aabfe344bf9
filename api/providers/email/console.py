"""Mail written to the process's output instead of sent: for looking, on a developer's machine."""

import sys
from typing import TextIO

from api.providers.email.base import OutgoingMail
from api.providers.email.message import compose, to_bytes


class ConsoleProvider:
    """Shows every mail as it would go over the wire. Refused in production: see `Settings`."""

    def __init__(self, sender: str, output: TextIO | None = None) -> None:
        self._sender = sender
        self._output = output or sys.stdout

    def send(self, mail: OutgoingMail) -> None:
        content = to_bytes(compose(mail, self._sender)).decode(errors="replace")
        self._output.write(content.replace("\r\n", "\n") + "\n")
        self._output.flush()

    def close(self) -> None:
        """Nothing to close."""
