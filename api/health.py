"""Alive, and ready to serve."""

from fastapi import APIRouter
from sqlalchemy import text

from api.deps import SessionDep

router = APIRouter(tags=["Health"])


@router.get("/health", summary="The process is alive")
def read_health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/ready", summary="The database answers")
def read_readiness(session: SessionDep) -> dict[str, str]:
    session.execute(text("select 1"))
    return {"status": "ready"}
