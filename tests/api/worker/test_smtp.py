"""SMTP against a real server: what counts as sent, as worth another try, and as final."""

import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from api.providers.email.smtp import SmtpProvider, SmtpServer
from api.providers.failures import DeliveryError, PermanentFailure, TemporaryFailure
from local.processes import HOST, free_port
from tests.api.worker.test_message import MAIL, SENDER
from tests.fixtures.mail import MailServer


def make_provider(port: int, **over: Any) -> SmtpProvider:
    server = SmtpServer(
        host=HOST, port=port, user=None, password=None, sender=SENDER, tls="none", timeout=60.0
    )
    return SmtpProvider(replace(server, **over))


@pytest.fixture
def provider(mail_server: MailServer) -> Iterator[SmtpProvider]:
    provider = make_provider(mail_server.port)
    yield provider
    provider.close()


def test_many_mails_go_over_one_connection(provider: SmtpProvider, mail_server: MailServer) -> None:
    for _ in range(5):
        provider.send(MAIL)
    assert (len(mail_server.mails), mail_server.connections) == (5, 1)
    assert all(mail.recipients == ["paula@example.com"] for mail in mail_server.mails)
    assert all(mail.sender == SENDER for mail in mail_server.mails)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("550 no such user", PermanentFailure),
        ("553 not allowed", PermanentFailure),
        ("450 try later", TemporaryFailure),
        ("452 mailbox full", TemporaryFailure),
    ],
)
def test_a_refused_address_is_final_or_worth_another_try_as_the_server_says(
    provider: SmtpProvider, mail_server: MailServer, answer: str, failure: type[DeliveryError]
) -> None:
    mail_server.refusals[MAIL.to] = answer
    with pytest.raises(failure, match=answer):
        provider.send(MAIL)
    other = replace(MAIL, to="other@example.com")
    provider.send(other)
    assert mail_server.connections == 1, "one refused mail does not cost the connection"
    assert [mail.recipients for mail in mail_server.mails] == [["other@example.com"]]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        ("554 looks like spam", PermanentFailure),
        ("451 greylisted", TemporaryFailure),
        (None, TemporaryFailure),
    ],
)
def test_a_mail_refused_at_its_end_is_not_sent(
    provider: SmtpProvider,
    mail_server: MailServer,
    answer: str | None,
    failure: type[DeliveryError],
) -> None:
    mail_server.data_answer = answer
    with pytest.raises(failure):
        provider.send(MAIL)
    mail_server.data_answer = "250 OK"
    provider.send(MAIL)
    assert len(mail_server.mails) == 1


def test_a_server_that_was_restarted_gets_the_next_mail(
    provider: SmtpProvider, mail_server: MailServer
) -> None:
    provider.send(MAIL)
    mail_server.stop()
    with pytest.raises(TemporaryFailure, match="cannot be reached: nothing answers"):
        provider.send(MAIL)
    mail_server.start()
    provider.send(MAIL)
    assert len(mail_server.mails) == 2


def test_a_server_that_does_not_answer_costs_seconds_not_minutes() -> None:
    with socket.create_server((HOST, 0)) as silent:
        provider = make_provider(silent.getsockname()[1], timeout=0.2)
        with pytest.raises(TemporaryFailure, match="did not answer in time"):
            provider.send(MAIL)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that nobody trusts yet, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "mail.crt", tmp_path / "mail.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


@pytest.fixture
def start_secure(certificate: tuple[Path, Path]) -> Iterator[Callable[[str], MailServer]]:
    """Starts a server that speaks `tls`, or `starttls` and then wants gym / right."""
    running: list[Controller] = []

    def allow(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
        fits = (data.login, data.password) == (b"gym", b"right")
        return AuthResult(success=fits, handled=fits)

    def start(mode: str) -> MailServer:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        server = MailServer(port=free_port())
        options: dict[str, Any] = {"ssl_context": context}
        if mode == "starttls":
            options = {"tls_context": context, "require_starttls": True}
            options |= {"authenticator": allow, "auth_required": True}
        controller = Controller(
            server, hostname=HOST, port=server.port, ready_timeout=60.0, **options
        )
        controller.start()
        running.append(controller)
        return server

    yield start
    for controller in running:
        controller.stop()


@pytest.mark.parametrize("mode", ["tls", "starttls"])
def test_mail_goes_over_tls_to_a_server_that_is_trusted_only(
    start_secure: Callable[[str], MailServer],
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
) -> None:
    server = start_secure(mode)
    user = "gym" if mode == "starttls" else None
    provider = make_provider(server.port, tls=mode, user=user, password="right")
    with pytest.raises(TemporaryFailure, match="certificate verify failed"):
        provider.send(MAIL)
    assert server.mails == []
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    provider.send(MAIL)
    provider.close()
    assert len(server.mails) == 1


def test_a_wrong_password_is_said_and_tried_again_later(
    start_secure: Callable[[str], MailServer],
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    server = start_secure("starttls")
    provider = make_provider(server.port, tls="starttls", user="gym", password="wrong")
    with pytest.raises(TemporaryFailure, match="refuses the platform's sign-in: 535"):
        provider.send(MAIL)


def test_a_server_without_tls_gets_no_password(mail_server: MailServer) -> None:
    provider = make_provider(mail_server.port, tls="starttls", user="gym", password="right")
    with pytest.raises(TemporaryFailure, match="STARTTLS"):
        provider.send(MAIL)
    assert mail_server.mails == []
