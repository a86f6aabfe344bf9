"""Access tokens: JWT, HS256 only, by python-jose behind this one module."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from jose import jwt

from api.kit.errors import Unauthorized
from api.kit.schemas import MAX_ID
from core.translation import t

LIFETIME = timedelta(minutes=15)
_SECONDS = int(LIFETIME.total_seconds())
MAX_TOKEN_LENGTH = 4096
CLOCK_SKEW = timedelta(seconds=5)
"""The clocks of two machines, one of which made the token, may differ by this."""
ISSUER = "comeback"
AUDIENCE = "comeback-api"
HEADER_TYPE = "at+jwt"
_TOKENS_KEPT = 4_096


@dataclass(frozen=True)
class AccessClaims:
    """The claims of a token. `session_id` is set when it was made for a dashboard session; a super
    admin has no gym."""

    user_id: int
    gym_id: int | None
    token_version: int
    session_id: int | None = None


def _key(secret: str) -> str:
    # A key of fixed length and own purpose, never a PEM or DER whatever the setting holds.
    return hashlib.sha256(b"comeback access token\0" + secret.encode()).hexdigest()


def issue_access_token(claims: AccessClaims, secret: str, *, now: datetime) -> str:
    body: dict[str, Any] = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(claims.user_id),
        "gym": claims.gym_id,
        "tv": claims.token_version,
        "use": "access",
        "jti": secrets.token_hex(16),
        "iat": int(now.timestamp()),
        "exp": int((now + LIFETIME).timestamp()),
    }
    if claims.session_id is not None:
        body["sid"] = claims.session_id
    token: str = jwt.encode(body, _key(secret), algorithm="HS256", headers={"typ": HEADER_TYPE})
    return token


def read_access_token(token: str, secret: str, *, now: datetime) -> AccessClaims:
    """Check a token and return its claims; raise `Unauthorized` for any other text."""
    try:
        if len(token) > MAX_TOKEN_LENGTH:
            raise ValueError("too long")
        claims, issued, expires = _read_signed(token, secret)
        if expires <= now.timestamp():
            raise ValueError("expired")
        if issued > (now + CLOCK_SKEW).timestamp():
            raise ValueError("from the future")
        return claims
    except Exception as error:
        # python-jose raises more than JWTError on hostile input: every failure means the same.
        raise Unauthorized(t("The access token is not valid or has expired.")) from error


@lru_cache(maxsize=_TOKENS_KEPT)
def _read_signed(token: str, secret: str) -> tuple[AccessClaims, int, int]:
    """The claims of a token of ours, with the seconds at which it was issued and expires.

    Kept, because one token comes with many requests and nothing here depends on the time or on
    what has become of the user; what is no token of ours is not kept.
    """
    if not all(map(_is_canonical, token.split("."))):
        raise ValueError("not spelled as we spell it")
    body = jwt.decode(
        token,
        _key(secret),
        algorithms=["HS256"],
        audience=AUDIENCE,
        issuer=ISSUER,
        options={
            "require_iat": True,
            "require_aud": True,
            "require_iss": True,
            "require_sub": True,
            "require_jti": True,
            # Checked against the caller's clock. Not "require_exp": that turns python-jose's own
            # check, by the system's clock, on again.
            "verify_exp": False,
        },
    )
    if jwt.get_unverified_header(token) != {"alg": "HS256", "typ": HEADER_TYPE}:
        raise ValueError("a header that is not ours")
    issued, expires = _read_integer(body["iat"]), _read_integer(body["exp"])
    if body["use"] != "access" or not 0 < expires - issued <= _SECONDS:
        raise ValueError("another kind of token, or times that ours do not have")
    claims = AccessClaims(
        user_id=_read_subject(body["sub"]),
        gym_id=None if body["gym"] is None else _read_integer(body["gym"]),
        token_version=_read_integer(body["tv"]),
        session_id=_read_integer(body["sid"]) if "sid" in body else None,
    )
    return claims, issued, expires


def _is_canonical(part: str) -> bool:
    """Whether the part is written as we write it. python-jose reads over padding, foreign letters
    and spare bits, so that one token would have many spellings."""
    sent = part.encode("ascii")
    read = base64.urlsafe_b64decode(sent + b"=" * (-len(sent) % 4))
    return base64.urlsafe_b64encode(read).rstrip(b"=") == sent


def _read_subject(value: Any) -> int:
    user_id = _read_integer(int(value))
    if value != str(user_id):
        raise ValueError("not as we write it")
    return user_id


def _read_integer(value: Any) -> int:
    """The value, if the database can compare its keys with it."""
    if type(value) is not int or not 0 <= value <= MAX_ID:
        raise ValueError("not one of our numbers")
    return value
