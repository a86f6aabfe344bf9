"""/docs and /redoc from our own files: a gym's network may have no internet access, and no script
of another host should run beside our tokens."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from api.kit.errors import Invalid, TooLarge, TooSlow, TwoLengths
from api.kit.paths import PORTUGUESE
from api.kit.problems import describe, describe_problem
from api.kit.schemas import MAX_ID

Describe = Callable[..., dict[int | str, dict[str, Any]]]
"""From classes of errors to OpenAPI's responses."""

ASSETS = "/docs/assets"
OF_BODIES = (TwoLengths, TooSlow, TooLarge)
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; worker-src 'self' blob:; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Comeback API</title>
<link rel="icon" href="data:,">
{head}
</head>
<body>
{body}
</body>
</html>
"""
_SWAGGER = _PAGE.format(
    head=f'<link rel="stylesheet" href="{ASSETS}/swagger-ui.css">',
    body=f"""<div id="swagger-ui"></div>
<script src="{ASSETS}/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>""",
)
_SWAGGER_START = """SwaggerUIBundle({
  url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, displayRequestDuration: true,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""
_REDOC = _PAGE.format(
    head="<style>body { margin: 0; }</style>",
    body=f"""<redoc spec-url="/openapi.json" disable-search="false"></redoc>
<script src="{ASSETS}/redoc.standalone.js"></script>""",
)


def add_documentation(app: FastAPI, describe_in_portuguese: Describe) -> None:
    """Serve both pages. Their content policy allows our own files only."""
    headers = {"Content-Security-Policy": _CSP}

    @app.get("/docs", include_in_schema=False)
    def read_docs() -> HTMLResponse:
        return HTMLResponse(_SWAGGER, headers=headers)

    @app.get("/docs/start.js", include_in_schema=False)
    def read_start() -> Response:
        return Response(_SWAGGER_START, media_type="text/javascript")

    @app.get("/redoc", include_in_schema=False)
    def read_redoc() -> HTMLResponse:
        return HTMLResponse(_REDOC, headers=headers)

    make = app.openapi
    app.openapi = lambda: app.openapi_schema or _correct(make(), describe_in_portuguese)  # type: ignore[method-assign]

    # The package brings Swagger UI and ReDoc as files; nothing else of it is used.
    static = Path(str(files("fastapi_offline"))) / "static"
    app.mount(ASSETS, StaticFiles(directory=static), name="documentation-assets")


def _correct(spec: dict[str, Any], describe_in_portuguese: Describe) -> dict[str, Any]:
    """Correct what FastAPI describes wrongly or not at all: errors of a body, our form of
    validation errors, and the nulls of examples."""
    for path, item in spec["paths"].items():
        for operation in item.values():
            if "requestBody" in operation:
                words = describe_in_portuguese if path.startswith(PORTUGUESE) else describe
                refusals = {str(status): said for status, said in words(*OF_BODIES).items()}
                operation["responses"] = refusals | operation["responses"]
            refusal = operation["responses"].get("422", {})
            if "application/json" in refusal.get("content", {}):
                operation["responses"]["422"] = describe_problem(Invalid.title)
    schemas = spec["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _write_whole(spec)
    for schema in schemas.values():
        for example in schema.get("examples", ()):
            example.update(dict.fromkeys(set(schema.get("required", ())) - example.keys()))
    return spec


def _write_whole(part: Any) -> None:
    """Limits of whole numbers as such. FastAPI makes floats of them, the largest of which is one
    more than we take."""
    if isinstance(part, list):
        for item in part:
            _write_whole(item)
    elif isinstance(part, dict):
        if part.get("type") == "integer":
            for limit in {"minimum", "maximum"} & part.keys():
                part[limit] = min(int(part[limit]), MAX_ID)
        for item in part.values():
            _write_whole(item)
