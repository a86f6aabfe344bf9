"""Mail over SMTP: any server, one connection kept for many mails."""

import contextlib
import smtplib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass

from api.providers.email.base import OutgoingMail
from api.providers.email.message import compose, needs_smtputf8, one_line, to_bytes
from api.providers.failures import DeliveryError, PermanentFailure, TemporaryFailure
from core.translation import Sentence, mark, t

TIMEOUT = 5.0
"""Seconds that one reply of the server may take."""
DEADLINE = 12.0
"""Seconds that all replies for one mail may take together, signing in included."""
MAX_IDLE = 30.0
_CLOSING = 421
_KEPT_OPEN = 100  # mails over one connection: many servers close after some hundred


@dataclass(frozen=True, kw_only=True)
class SmtpServer:
    host: str
    port: int
    user: str | None
    password: str | None
    sender: str
    tls: str
    timeout: float = TIMEOUT
    deadline: float = DEADLINE


class SmtpProvider:
    """Not for several threads at once: each worker has its own."""

    def __init__(self, server: SmtpServer, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = server
        self._clock = clock
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0
        self._used_at = 0.0

    def send(self, mail: OutgoingMail) -> None:
        message = compose(mail, self._server.sender)
        recipient = message["To"].addresses[0].addr_spec
        ends_at = self._clock() + self._server.deadline
        try:
            self._deliver(
                recipient, to_bytes(message), ends_at, is_international=needs_smtputf8(message)
            )
        except DeliveryError:
            raise
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise TemporaryFailure(
                t("The connection to the mail server broke: {error}", error=_format_error(error)),
                kind=type(error).__name__,
            ) from error

    def _deliver(
        self, recipient: str, content: bytes, ends_at: float, *, is_international: bool
    ) -> None:
        smtp = self._connected(ends_at)
        if is_international and not smtp.has_extn("smtputf8"):
            raise PermanentFailure(
                t(
                    "The mail server cannot write to an address with letters like é before the @ "
                    "(it does not offer SMTPUTF8). Another address is needed."
                ),
                kind="no_smtputf8",
            )
        options = ["SMTPUTF8", "BODY=8BITMIME"] if is_international else []
        self._allow(smtp, ends_at)
        self._check(
            smtp,
            smtp.mail(self._server.sender, options),
            mark("The mail server does not accept the platform's sender: {reply}"),
        )
        self._allow(smtp, ends_at)
        self._check(
            smtp,
            smtp.rcpt(recipient),
            mark("The mail server does not accept the member's address: {reply}"),
        )
        self._allow(smtp, ends_at)
        try:
            reply = smtp.data(content)
        except smtplib.SMTPDataError as error:
            reply = (error.smtp_code, _bytes(error.smtp_error))
        self._check(smtp, reply, mark("The mail server does not accept the mail: {reply}"))
        self._sent += 1

    def _check(self, smtp: smtplib.SMTP, reply: tuple[int, bytes], refusal: str) -> None:
        """Leave the connection ready for the next mail when this one is refused."""
        self._used_at = self._clock()
        try:
            _expect(reply, refusal)
        except DeliveryError:
            if reply[0] == _CLOSING:
                self._drop()
            else:
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    smtp.rset()
            raise

    def _connected(self, ends_at: float) -> smtplib.SMTP:
        smtp = self._smtp
        if smtp is not None and self._sent < _KEPT_OPEN and self._still_there(smtp, ends_at):
            return smtp
        self._drop()
        try:
            self._smtp = self._connect(ends_at)
        except smtplib.SMTPAuthenticationError as error:
            # A fault of the settings, not of this mail: it waits until they are corrected.
            raise TemporaryFailure(
                t(
                    "The mail server refuses the platform's sign-in: {error}",
                    error=_format_error(error),
                ),
                kind="sign_in_refused",
            ) from error
        except (OSError, smtplib.SMTPException) as error:
            raise TemporaryFailure(
                t("The mail server cannot be reached: {error}", error=_format_error(error)),
                kind=f"connect_{type(error).__name__}",
            ) from error
        self._sent, self._used_at = 0, self._clock()
        return self._smtp

    def _still_there(self, smtp: smtplib.SMTP, ends_at: float) -> bool:
        """A server may have closed an idle connection; checking costs less than a failed mail."""
        if self._clock() - self._used_at > MAX_IDLE:
            return False
        try:
            self._allow(smtp, ends_at)
            return smtp.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def _connect(self, ends_at: float) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context()
        smtp: smtplib.SMTP
        if server.tls == "tls":
            smtp = smtplib.SMTP_SSL(
                server.host, server.port, timeout=server.timeout, context=context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        try:
            self._allow(smtp, ends_at)
            smtp.ehlo_or_helo_if_needed()
            if server.tls == "starttls":
                self._allow(smtp, ends_at)
                smtp.starttls(context=context)
                smtp.ehlo()
            if server.user:
                self._allow(smtp, ends_at)
                smtp.login(server.user, server.password or "")
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _allow(self, smtp: smtplib.SMTP, ends_at: float) -> None:
        """Set the timeout of the next reply, within what is left for this mail."""
        left = ends_at - self._clock()
        if left <= 0:
            raise TimeoutError("the mail server answers too slowly")
        if smtp.sock is not None:
            smtp.sock.settimeout(min(self._server.timeout, left))

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def close(self) -> None:
        if self._smtp is not None:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self._drop()


def _expect(reply: tuple[int, bytes], refusal: str) -> None:
    code, text = reply
    if 200 <= code < 300:
        return
    reason = t(refusal, reply=f"{code} {one_line(text.decode(errors='replace'))}".strip())
    kind = f"smtp_{code}"
    if 500 <= code < 600:
        raise PermanentFailure(reason, kind=kind)
    raise TemporaryFailure(reason, kind=kind)


def _format_error(error: Exception) -> Sentence | str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = _bytes(error.smtp_error).decode(errors="replace")
        return one_line(f"{error.smtp_code} {text}")
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return t("it did not answer in time")
    if isinstance(error, ConnectionRefusedError):
        return t("nothing answers at its address")
    return one_line(str(error)) or type(error).__name__


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
