"""The API process: `uvicorn api.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api.auth.attempts import Attempts
from api.errors import add_error_handlers
from api.health import router as health
from api.routes import mount_routes
from api.settings import Settings
from db.session import make_engine, make_session_factory


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application. Tests pass their own settings."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        app.state.engine.dispose()

    app = FastAPI(
        title="Comeback",
        version="1.0.0",
        description="Keeps gym members coming back: who is drifting away, why, and who returned.",
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.engine = make_engine(settings.database_url)
    app.state.session_factory = make_session_factory(app.state.engine)
    app.state.limits = Attempts(settings.secret_key)
    add_error_handlers(app)
    app.include_router(health)
    mount_routes(app)
    return app


app = create_app()
