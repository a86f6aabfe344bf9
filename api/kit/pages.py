"""Pages behind the links in mails: no script, nothing from elsewhere, readable on a phone."""

import hashlib
from base64 import b64encode
from typing import Annotated

from fastapi import Path
from fastapi.responses import HTMLResponse

from api.kit.translation import current_language

_STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:17px/1.5 system-ui,sans-serif;max-width:32em;margin:12vh auto;padding:0 1.2em}"
    "h1{font-size:1.4em}"
    "button{font:inherit;font-weight:600;padding:.6em 1.2em;border:0;border-radius:.5em;"
    "background:#0f766e;color:#fff;cursor:pointer}"
    "button:focus-visible{outline:3px solid #14b8a6;outline-offset:2px}"
)
_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    # The address of this page is the secret: it must not travel on.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Content-Type-Options": "nosniff",
}

# Described in OpenAPI, but not validated: a wrong link shows a page, and not a problem in JSON.
LinkToken = Annotated[
    str, Path(description="The secret in a mail's link", json_schema_extra={"maxLength": 200})
]


def render_page(title: str, content: str, *, status: int = 200) -> HTMLResponse:
    """`title` and `content` are HTML: the caller escapes what is not ours."""
    return HTMLResponse(
        f'<!doctype html><html lang="{current_language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{title}</h1>{content}</main></body></html>",
        status_code=status,
        headers=_HEADERS,
    )
