"""Alive, and ready to serve."""

from fastapi import APIRouter, Request
from sqlalchemy import text

from api.deps import SessionDep, SettingsDep
from api.redis import SharedRedis
from db.queues import is_reachable

router = APIRouter(tags=["Health"])


@router.get("/health", summary="The process is alive")
def read_health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/ready", summary="The database answers")
def read_readiness(request: Request, session: SessionDep, settings: SettingsDep) -> dict[str, str]:
    """`cache` says where cached answers and counts are: `redis`, or `in process` while there is
    none. The platform works without it, only slower, so its absence is no reason to wait.

    `broker` is `reachable` or `away`. Requests do not need it; while it is away, mails and jobs
    wait in the database."""
    session.execute(text("select 1"))
    redis: SharedRedis | None = request.app.state.redis
    is_shared = redis is not None and redis.is_there()
    return {
        "status": "ready",
        "cache": "redis" if is_shared else "in process",
        "broker": "reachable" if is_reachable(settings.broker_url) else "away",
    }
