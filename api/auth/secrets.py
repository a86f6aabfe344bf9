"""Opaque secrets: 256 random bits for the client, their SHA-256 for the table."""

import hashlib
import secrets


def make_secret() -> str:
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """The secret is random, so a plain hash is enough and can be looked up."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
