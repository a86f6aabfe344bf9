"""Who calls, and whether they are within their limits: checked before anything of a request is
read."""

from functools import partial

from fastapi.security.utils import get_authorization_scheme_param
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.kit.access_tokens import AccessClaims, read_access_token
from api.kit.deps import get_now
from api.kit.errors import TooManyRequests, Unauthorized
from api.kit.paths import LIMITED
from api.kit.problems import render_error
from api.kit.rate_limits import RateLimits
from api.kit.settings import Settings
from core.clock import read_now
from core.translation import t


class CallerGuard:
    """Reads the access token, and refuses callers over their limits, whatever else they sent.

    A caller who has signed in counts by user and by gym, wherever they are: the staff of a gym
    shares an address, and everybody shares the dashboard's. Others count by address.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.secret_key = settings.secret_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["state"]["claims"] = claims = self._read_claims(scope)
            try:
                if scope["path"].startswith(LIMITED):
                    await _count(scope, claims)
            except TooManyRequests as refusal:
                await render_error(refusal)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _read_claims(self, scope: Scope) -> AccessClaims | Unauthorized:
        scheme, token = get_authorization_scheme_param(Headers(scope=scope).get("authorization"))
        if scheme.lower() != "bearer" or not token:
            return Unauthorized(t("Send an access token: Authorization: Bearer ..."))
        clock = scope["app"].dependency_overrides.get(get_now, read_now)
        try:
            return read_access_token(token, self.secret_key, now=clock())
        except Unauthorized as refusal:
            return refusal


async def _count(scope: Scope, claims: AccessClaims | Unauthorized) -> None:
    rates: RateLimits = scope["app"].state.rates
    if isinstance(claims, Unauthorized):
        address = scope["client"][0] if scope.get("client") else None
        await rates.run(partial(rates.count_address, address))
    else:
        await rates.run(partial(rates.count_user, claims.user_id, claims.gym_id))
