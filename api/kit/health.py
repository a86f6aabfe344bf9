"""Alive, and ready to serve."""

import asyncio

from anyio.to_thread import run_sync
from fastapi import APIRouter, FastAPI, Request
from sqlalchemy import text
from sqlalchemy.orm import sessionmaker

from api.kit.deps import SettingsDep
from api.kit.redis import SharedRedis
from db.queue.broker import is_reachable
from db.session import GymSession

router = APIRouter(tags=["Health"])


@router.get("/health", summary="The process is alive")
def read_health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/ready", summary="The database answers")
async def read_readiness(request: Request, settings: SettingsDep) -> dict[str, str]:
    """`cache` is where cached responses and counts are: `redis`, or `in process` while there is
    none. The platform works without it, only slower, so its absence is no reason to wait.

    `broker` is `reachable` or `away`. Requests do not need it; meanwhile mails and jobs wait in the
    database."""
    # Requests that come during a check share its result: however many strangers ask, they take no
    # slot of a gym and keep no health check waiting.
    state = request.app.state
    looking: asyncio.Task[dict[str, str]] | None = state.readiness
    if looking is None or looking.done():
        looking = asyncio.create_task(_check(request.app, settings.broker_url))
        state.readiness = looking
    return await asyncio.shield(looking)


async def _check(app: FastAPI, broker_url: str) -> dict[str, str]:
    async with app.state.admission.slot("readiness", is_guest=False):
        await run_sync(_check_database, app.state.reading_factory)
    return await run_sync(_list_services, app.state.redis, broker_url)


def _check_database(factory: sessionmaker[GymSession]) -> None:
    with factory() as session:
        session.execute(text("select 1"))


def _list_services(redis: SharedRedis | None, broker_url: str) -> dict[str, str]:
    return {
        "status": "ready",
        "cache": "redis" if redis is not None and redis.is_available() else "in process",
        "broker": "reachable" if is_reachable(broker_url) else "away",
    }
