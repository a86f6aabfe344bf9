"""The API process: `uvicorn api.main:app`."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI

from api.auth.attempts import Attempts
from api.check_ins.live.desks import Desks
from api.kit.admission import SHARE, Admission
from api.kit.cache import Cache
from api.kit.health import router as health
from api.kit.logs import configure_logging
from api.kit.middleware import add_middleware
from api.kit.openapi_docs import add_documentation
from api.kit.problems import add_error_handlers
from api.kit.rate_limits import PerMinute, RateLimits
from api.kit.redis import SharedRedis
from api.kit.settings import Settings
from api.kit.startup import UnsafeStart, check_database, read_settings, report_time_zones
from api.portuguese.vocabulary import describe_in_portuguese
from api.routes import mount_routes
from db.session import make_engine, make_reading_factory, make_session_factory

OTHER_THREADS = 16


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the application. Tests pass their own settings."""
    settings = settings or Settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        # One for each slot, and some for work without a slot, such as writing an upload.
        current_default_thread_limiter().total_tokens = app.state.admission.slots + OTHER_THREADS
        yield
        app.state.engine.dispose()
        if app.state.platform is not None:
            app.state.platform.dispose()
        if app.state.redis is not None:
            app.state.redis.close()

    app = FastAPI(
        title="Comeback",
        version="1.0.0",
        description="Keeps gym members coming back: who is drifting away, why, and who returned.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.engine = make_engine(settings.database_url)
    # Small: super admins are few, and no client has more slots than this.
    app.state.platform = settings.platform_url and make_engine(
        settings.platform_url, pool_size=SHARE
    )
    app.state.session_factory = make_session_factory(app.state.engine, platform=app.state.platform)
    app.state.reading_factory = make_reading_factory(app.state.engine, platform=app.state.platform)
    app.state.desks = Desks(app.state.reading_factory)
    app.state.admission = Admission()
    app.state.readiness = None
    remember(app, settings)
    add_error_handlers(app)
    add_middleware(app, settings)
    add_documentation(app, describe_in_portuguese)
    app.include_router(health)
    mount_routes(app)
    return app


def remember(app: FastAPI, settings: Settings) -> None:
    """Give the application its state across requests: cache and counts."""
    redis = SharedRedis(settings.redis_url) if settings.redis_url else None
    app.state.redis = redis
    app.state.cache = Cache(settings.secret_key, redis)
    app.state.limits = Attempts(settings.secret_key, redis)
    limits = PerMinute(
        settings.rate_limit_user, settings.rate_limit_gym, settings.rate_limit_address
    )
    app.state.rates = RateLimits(settings.secret_key, limits, redis)


def _start() -> FastAPI:
    # Seconds after which a thread that waits for the interpreter gets it; Python's default is ten
    # times that. Beside a gym that computes a lot, a neighbour's request waits for it a dozen
    # times.
    sys.setswitchinterval(0.0005)
    try:
        settings = read_settings()
        check_database(settings)
    except UnsafeStart as error:
        sys.exit(f"api: {error}")
    configure_logging(settings.log_level)
    report_time_zones(settings)
    return create_app(settings)


def __getattr__(name: str) -> FastAPI:
    # uvicorn imports `app`. It is made then, so that importing `create_app` starts nothing.
    if name == "app":
        globals()["app"] = app = _start()
        return app
    raise AttributeError(name)
