"""The SMS provider that the settings select."""

from api.kit.settings import Settings
from api.providers.sms.base import SmsProvider
from api.providers.sms.console import ConsoleSmsProvider


def make_sms_provider(settings: Settings) -> SmsProvider | None:
    """None when SMS is not set up; `settings.sms_problem` says why."""
    return None if settings.sms_problem else ConsoleSmsProvider()
