"""The URLs: which noun is served where. Routers themselves carry no prefix."""

from fastapi import APIRouter, FastAPI

PREFIX = "/api/v1"

ROUTES: tuple[tuple[str, APIRouter, str], ...] = ()


def mount_routes(app: FastAPI) -> None:
    for path, router, tag in ROUTES:
        app.include_router(router, prefix=PREFIX + path, tags=[tag])
