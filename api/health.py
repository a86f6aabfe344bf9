"""Alive, and ready to serve."""

from fastapi import APIRouter, Request
from sqlalchemy import text

from api.deps import SessionDep
from api.redis import SharedRedis

router = APIRouter(tags=["Health"])


@router.get("/health", summary="The process is alive")
def read_health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/ready", summary="The database answers")
def read_readiness(request: Request, session: SessionDep) -> dict[str, str]:
    """`cache` says where cached answers and counts are: `redis`, or `in process` while there is
    none. The platform works without it, only slower, so its absence is no reason to wait."""
    session.execute(text("select 1"))
    redis: SharedRedis | None = request.app.state.redis
    is_shared = redis is not None and redis.is_there()
    return {"status": "ready", "cache": "redis" if is_shared else "in process"}
