"""Responses that are files."""

from typing import Any

from fastapi import Response

CSV = "text/csv; charset=utf-8"
PDF = "application/pdf"
ZIP = "application/zip"

# How a route describes its response: FastAPI knows the types of JSON only.
CSV_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {"schema": {"type": "string"}}}}
}
PDF_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}
}
ZIP_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}
}
PICTURE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}}}
}
LOGO_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}
}
FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in (PDF, "image/jpeg")
        }
    }
}


def file_response(content: str | bytes, name: str, media_type: str) -> Response:
    """`name` is made by us: nothing that a client sent is part of it."""
    return Response(
        content,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )
