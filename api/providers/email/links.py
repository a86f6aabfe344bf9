"""Secrets of a mail: its id, and the token of a link in it.

The token is derived from the id, so that every repeat of a mail carries the same link although
only the token's hash is stored.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from enum import StrEnum
from uuid import uuid4


class LinkPurpose(StrEnum):
    """What a link does; the token of one is good for nothing else."""

    UNSUBSCRIBE = "unsubscribe"
    CONFIRM_ADDRESS = "confirm address"
    INVITATION = "invitation"
    RESET_PASSWORD = "reset password"  # noqa: S105 - a purpose


def new_header_id(sender: str) -> str:
    """An unguessable Message-ID."""
    return f"<{uuid4().hex}@{sender.rpartition('@')[2]}>"


def make_link_token(purpose: LinkPurpose, header_id: str, secret: str) -> str:
    key = hashlib.sha256(f"comeback {purpose}\0{secret}".encode()).digest()
    digest = hmac.new(key, header_id.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def hash_link_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
