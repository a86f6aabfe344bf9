"""Which way of sending the settings name."""

from api.kit.settings import CONSOLE, Settings
from api.providers.email.base import EmailProvider
from api.providers.email.console import ConsoleProvider
from api.providers.email.smtp import SmtpProvider, SmtpServer


def make_email_provider(settings: Settings) -> EmailProvider | None:
    """None when mail is not set up; `settings.email_problem` has the reason."""
    sender = settings.sender
    if sender is None or settings.smtp_host is None:
        return None
    if settings.smtp_host == CONSOLE:
        return ConsoleProvider(sender)
    return SmtpProvider(
        SmtpServer(
            host=settings.smtp_host,
            port=settings.smtp_port,
            user=settings.smtp_user,
            password=settings.smtp_password,
            sender=sender,
            tls=settings.smtp_tls,
        )
    )
