"""Requests to the API. Each noun's `client.py` has its calls."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any, Protocol, cast

import requests
from requests.adapters import HTTPAdapter

from frontend.kit.api_types import SessionToken
from frontend.kit.i18n import current_language
from frontend.kit.settings import settings

Params = Mapping[str, Any]

#: Connecting is local and quick; reading may wait for a large import to be checked.
TIMEOUT = (2.0, 30.0)


class ApiError(Exception):
    """The API refused or failed. `str(error)` may be shown to the owner."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 0,
        code: str = "",
        errors: Sequence[Mapping[str, Any]] = (),
        retry_after: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.errors = list(errors)
        self.retry_after = retry_after


class ApiDown(ApiError):
    """The API cannot be reached, is too slow or failed; nothing is known about the data."""


class SignedOut(ApiError):
    """The API no longer accepts this sign-in."""


class Forbidden(ApiError):
    """This user is signed in but may not do this."""


class NotFound(ApiError):
    """There is no such thing in this gym."""


class Refused(ApiError):
    """The API understood the request and refused it with a reason."""


def _pool() -> requests.Session:
    pool = requests.Session()
    # One pool serves every user: it must never remember a cookie or pick up a .netrc.
    pool.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    pool.trust_env = False
    adapter = HTTPAdapter(pool_connections=4, pool_maxsize=64)
    pool.mount("http://", adapter)
    pool.mount("https://", adapter)
    return pool


POOL = _pool()


def send(
    method: str,
    path: str,
    *,
    token: str | None = None,
    params: Params | None = None,
    json: Any = None,
    data: Params | None = None,
    files: Mapping[str, tuple[str, bytes, str]] | None = None,
    headers: Mapping[str, str] | None = None,
    stream: bool = False,
) -> requests.Response:
    """One request with one caller's token; every failure becomes an `ApiError`.

    With `stream` the answer's body is not read yet.
    """
    sent_headers = {
        "Accept": "application/json",
        "Accept-Language": current_language(),
        **(headers or {}),
    }
    if token:
        sent_headers["Authorization"] = f"Bearer {token}"
    try:
        response = POOL.request(
            method,
            f"{settings().api_url.rstrip('/')}/api/v1{path}",
            params={k: v for k, v in (params or {}).items() if v not in (None, "")},
            json=json,
            data=data,
            files=files,
            headers=sent_headers,
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=stream,
        )
    except requests.RequestException as error:
        raise ApiDown("The server cannot be reached.") from error
    if response.is_redirect or response.status_code >= 500:
        raise ApiDown(
            "The server had a problem.",
            status=response.status_code,
            code=_problem(response).code,
        )
    if response.status_code >= 400:
        raise _problem(response)
    return response


def _problem(response: requests.Response) -> ApiError:
    try:
        body = response.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    kinds: dict[int, type[ApiError]] = {401: SignedOut, 403: Forbidden, 404: NotFound}
    errors = [entry for entry in body.get("errors") or [] if isinstance(entry, dict)]
    detail = body.get("detail")
    return kinds.get(response.status_code, Refused)(
        detail if isinstance(detail, str) and detail else str(body.get("title") or "Refused."),
        status=response.status_code,
        code=str(body.get("code") or ""),
        errors=errors,
        retry_after=response.headers.get("Retry-After"),
    )


def exchange(session_id: str) -> SessionToken:
    """A short-lived access token for a session; raises `SignedOut` when the session is over."""
    return cast(SessionToken, send("POST", "/auth/token", token=session_id).json())


def revoke_session(session_id: str) -> None:
    send("POST", "/auth/session/revoke", token=session_id)


class Call(Protocol):
    def __call__(self, method: str, path: str, **request: Any) -> requests.Response: ...


Read = Callable[[str, Params], Any]


class Api:
    """The API as one signed-in user sees it.

    `read` may return what the user's own short-lived cache holds, `call` never does.
    """

    def __init__(self, *, read: Read, call: Call) -> None:
        self._read = read
        self._call = call

    def get(self, path: str, **params: Any) -> Any:
        return self._read(path, params)

    def send(self, method: str, path: str, **request: Any) -> Any:
        """Always calls the API; a GET sent so is fresh."""
        response = self._call(method, path, **request)
        return response.json() if response.content else None

    def lines(self, path: str, *, headers: Mapping[str, str]) -> Iterator[str]:
        """Those of a body that goes on for a while, as they come; it may be cut off."""
        with self._call("GET", path, headers=headers, stream=True) as response:
            try:
                yield from response.iter_lines(chunk_size=1, decode_unicode=True)
            except requests.RequestException as error:
                raise ApiDown("The server was cut off.") from error

    def file(self, path: str, **params: Any) -> bytes:
        return self._call("GET", path, params=params).content
