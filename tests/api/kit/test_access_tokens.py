"""Thirty hostile tokens and more, each answered 401, none with a 500."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jose import jwt

from api.kit import access_tokens
from api.kit.access_tokens import AccessClaims, issue_access_token, read_access_token
from api.kit.errors import Unauthorized
from tests.factories.gyms import PASSWORD
from tests.fixtures.api import NOON, SECRET_KEY

GOOD_HEADER = {"alg": "HS256", "typ": "at+jwt"}
KEY = access_tokens._key(SECRET_KEY).encode()
_rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key()
PEM = _rsa.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
DER = _rsa.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def encode(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


def good_claims() -> dict[str, Any]:
    return {
        "iss": access_tokens.ISSUER,
        "aud": access_tokens.AUDIENCE,
        "sub": "1",
        "gym": 1,
        "tv": 0,
        "use": "access",
        "jti": "1",
        "iat": int(NOON.timestamp()),
        "exp": int(NOON.timestamp()) + 600,
    }


def forge(claims: Any = None, header: Any = None, *, key: bytes = KEY) -> str:
    """Any header and claims, signed with any key."""
    message = ".".join(
        encode(part if isinstance(part, bytes) else json.dumps(part).encode())
        for part in (
            GOOD_HEADER if header is None else header,
            good_claims() if claims is None else claims,
        )
    )
    return message + "." + encode(hmac.new(key, message.encode(), hashlib.sha256).digest())


def without(claim: str) -> str:
    return forge({name: value for name, value in good_claims().items() if name != claim})


def having(**over: Any) -> str:
    return forge(good_claims() | over)


def with_header(**over: Any) -> str:
    return forge(header=GOOD_HEADER | over)


def unsigned(algorithm: str) -> str:
    parts = [json.dumps(GOOD_HEADER | {"alg": algorithm}), json.dumps(good_claims())]
    return ".".join(encode(part.encode()) for part in parts) + "."


def _respell(token: str) -> str:
    """The same bytes in other letters: of the signature's last one, two bits mean nothing."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + letters[letters.index(token[-1]) + 1]


NOW = int(NOON.timestamp())
HOSTILE = {
    "empty": "",
    "one letter": "a",
    "two parts": "a.b",
    "three letters": "a.b.c",
    "only dots": "....",
    "null": "null",
    "not base64": "é.é.é",
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "alg HS256 without signature": unsigned("HS256"),
    "signature of another key": forge(key=b"another key of thirty-two bytes!"),
    "signature of the empty key": forge(key=b""),
    "signature of the placeholder secret": forge(key=b"secret-key"),
    "signature of the secret itself": forge(key=SECRET_KEY.encode()),
    "signature of a PEM key": forge(key=PEM),
    "signature of a DER key": forge(key=DER),
    "one letter more": forge() + "x",
    "alg RS256": with_header(alg="RS256"),
    "alg HS384": with_header(alg="HS384"),
    "alg HS512": with_header(alg="HS512"),
    "alg ES256": with_header(alg="ES256"),
    "alg a number": with_header(alg=1),
    "alg a list": with_header(alg=["HS256"]),
    "no alg": forge(header={"typ": "at+jwt"}),
    "typ JWT": with_header(typ="JWT"),
    "typ of a refresh token": with_header(typ="rt+jwt"),
    "no typ": forge(header={"alg": "HS256"}),
    "unknown critical header": with_header(crit=["x-foo"], **{"x-foo": 1}),
    "embedded key": with_header(jwk={"kty": "oct", "k": encode(b"k" * 32)}),
    "header is a list": forge(header=[]),
    "header nested 20,000 deep": encode(b"[" * 20_000) + "." + encode(b"{}") + ".x",
    "26 KB of nested header": encode(b'{"alg":' + b"[" * 26_000) + ".e30.x",
    "claims nested, short enough to be read": forge(claims=b"[" * 2_500),
    "claims are a list": forge(claims=b"[]"),
    "claims are no JSON": forge(claims=b"\xff\xfe"),
    "no exp": without("exp"),
    "no iat": without("iat"),
    "no aud": without("aud"),
    "no iss": without("iss"),
    "no jti": without("jti"),
    "no sub": without("sub"),
    "no gym": without("gym"),
    "no token version": without("tv"),
    "no use": without("use"),
    "refresh used as access": having(use="refresh"),
    "another audience": having(aud="someone-else"),
    "another issuer": having(iss="someone-else"),
    "expired this second": having(exp=NOW),
    "exp a word": having(exp="abc"),
    "exp null": having(exp=None),
    "exp infinite": having(exp=float("inf")),
    "exp a list": having(exp=[NOW + 60]),
    "exp true": having(exp=True),
    "exp a fraction": having(exp=NOW + 600.0),
    "exp sixteen minutes after iat": having(exp=NOW + 960),
    "exp in five years": having(exp=NOW + 5 * 365 * 86400),
    "exp of 400 digits": having(exp=10**400),
    "exp before iat": having(iat=NOW - 5, exp=NOW - 10),
    "iat a word": having(iat="abc"),
    "iat true": having(iat=True),
    "iat a fraction": having(iat=NOW + 0.0),
    "iat null": having(iat=None),
    "iat nothing": having(iat=0),
    "iat in ten seconds": having(iat=NOW + 10),
    "iat in an hour": having(iat=NOW + 3600, exp=NOW + 3900),
    "iat of 400 digits": having(iat=10**400),
    "padded": forge() + "=",
    "padded twice": forge() + "==",
    "padded inside": forge().replace(".", "=.", 1),
    "spare bits in the signature": _respell(forge()),
    "a foreign letter": forge()[:-3] + "!" + forge()[-3:],
    "a line break": forge()[:-3] + "\n" + forge()[-3:],
    "sub with a blank": having(sub=" 1"),
    "sub with a zero": having(sub="01"),
    "sub with a line": having(sub="1_0"),
    "sub a number": having(sub=1),
    "sub a word": having(sub="abc"),
    "sub beyond bigint": having(sub=str(2**63)),
    "sub of 5,000 digits": having(sub="9" * 2_900),
    "sub negative": having(sub="-1"),
    "gym a word": having(gym="1"),
    "gym beyond bigint": having(gym=2**63),
    "gym true": having(gym=True),
    "sid a word": having(sid="1"),
    "sid beyond bigint": having(sid=2**64),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_token_is_answered_401(client, name):
    # As bytes: a client may put anything in a header.
    headers = {"Authorization": f"Bearer {HOSTILE[name]}".encode()}
    answer = client.get("/api/v1/auth/me", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.json()["status"] == 401


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_token_says_nothing_whoever_it_names(name):
    """Before the database is asked, which would not know the user of these."""
    with pytest.raises(Unauthorized):
        read_access_token(HOSTILE[name], SECRET_KEY, now=NOON)


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer ", "Basic YTpi", "bearer", "Token x", "Bearer a b c"]
)
def test_another_kind_of_authorization_is_answered_401(client, value):
    headers = {"Authorization": value}
    assert client.get("/api/v1/auth/me", headers=headers).status_code == 401


def test_the_forgery_is_accepted_when_everything_about_it_is_right():
    """Else every refusal above could have another reason than the one in its name."""
    claims = read_access_token(forge(), SECRET_KEY, now=NOON)
    assert claims == AccessClaims(user_id=1, gym_id=1, token_version=0)


def test_a_token_that_was_read_before_still_expires_and_still_has_a_beginning():
    """What is kept of a token does not keep it alive."""
    token = forge()
    assert read_access_token(token, SECRET_KEY, now=NOON) == read_access_token(
        token, SECRET_KEY, now=NOON
    )
    for moment in (NOON + timedelta(minutes=16), NOON - timedelta(minutes=1)):
        with pytest.raises(Unauthorized):
            read_access_token(token, SECRET_KEY, now=moment)


def test_d_ff_5_a_refresh_token_is_no_access_token(client, gym):
    login = {"email": gym.email, "password": PASSWORD}
    issued = client.post("/api/v1/auth/login", json=login).json()
    headers = {"Authorization": f"Bearer {issued['refresh_token']}"}
    assert client.get("/api/v1/auth/me", headers=headers).status_code == 401


def test_d_ff_5_no_secret_is_read_from_an_address(client, owner):
    for name in ("token", "access_token"):
        assert client.get(f"/api/v1/auth/me?{name}={owner.token}").status_code == 401
    refreshed = client.post("/api/v1/auth/refresh?refresh_token=x")
    assert refreshed.status_code == 422


def test_a_token_of_one_secret_is_refused_by_another():
    token = issue_access_token(AccessClaims(1, 1, 0), SECRET_KEY, now=NOON)
    with pytest.raises(Unauthorized):
        read_access_token(token, SECRET_KEY + "x", now=NOON)


@pytest.mark.parametrize("secret", [PEM.decode(), "", "short"])
def test_whatever_the_secret_is_the_key_has_64_characters(secret):
    """So neither a PEM in the setting nor an empty one is ever a key (CVE-2026-85394)."""
    assert len(access_tokens._key(secret)) == 64
    token = issue_access_token(AccessClaims(1, 1, 0), secret, now=NOON)
    with pytest.raises(Exception, match=r".+"):
        jwt.decode(token, secret, algorithms=["HS256"], audience=access_tokens.AUDIENCE)


def test_a_token_of_another_gyms_user_number_opens_nothing(client, owner, other_owner):
    """The signed gym and user must belong together in the database."""
    mixed = AccessClaims(owner.user.user_id, other_owner.gym_id, 0)
    token = issue_access_token(mixed, SECRET_KEY, now=NOON)
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/auth/me", headers=headers).status_code == 401
