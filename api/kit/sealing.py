"""Texts that are stored so that who reads the database alone cannot read them.

AES-256-GCM under a key made of the platform's secret. A sealed text opens only in its own place,
such as `gym 3: medical notes of member 17`: moved to another row it is as good as changed.
"""

import base64
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from api.kit.settings import Settings

_PURPOSE = b"comeback: sealed texts, 1"
_NONCE = 12


class CannotOpen(Exception):
    """The text was changed or moved, or sealed under a secret that the platform no longer knows."""


@dataclass(frozen=True)
class Seal:
    """Seals under the first of the keys, and opens what any of them sealed."""

    keys: tuple[AESGCM, ...]

    @classmethod
    def of(cls, settings: Settings) -> "Seal":
        return cls(tuple(map(_make_key, settings.known_secrets)))

    def close(self, text: str, *, place: str) -> str:
        nonce = secrets.token_bytes(_NONCE)
        sealed = self.keys[0].encrypt(nonce, text.encode(), place.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, *, place: str) -> str:
        """Raises `CannotOpen`."""
        for key in self.keys:
            try:
                whole = base64.urlsafe_b64decode(sealed)
                return key.decrypt(whole[:_NONCE], whole[_NONCE:], place.encode()).decode()
            except (InvalidTag, ValueError):  # or it is nothing that was ever sealed
                continue
        raise CannotOpen(place)


def _make_key(secret: str) -> AESGCM:
    return AESGCM(
        HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())
    )
