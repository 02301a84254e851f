"""The HTTP application: its endpoints, its errors, its contract."""

from dataclasses import dataclass

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware

from libs.common.health.heartbeat import own_version
from services.gateway.api.context import ApiContext
from services.gateway.api.middleware.authentication import AuthenticationMiddleware
from services.gateway.api.middleware.body_limit import BodyLimitMiddleware
from services.gateway.api.middleware.cors import PROGRESS, CorsMiddleware
from services.gateway.api.middleware.forwarded import Forwarded
from services.gateway.api.middleware.head import HeadAsGet
from services.gateway.api.middleware.root_path import Restored, Stripped
from services.gateway.api.middleware.security_headers import SecurityHeadersMiddleware
from services.gateway.api.openapi import complete_contract
from services.gateway.api.problems import install_problems
from services.gateway.api.routes import (
    dead_letters,
    decisions,
    doctor,
    erasures,
    health,
    history,
    progress,
    records,
    schedule,
    session,
    status,
    syncs,
    topics,
)
from services.gateway.api.schemas import problems
from services.gateway.dashboard.files import install_dashboard

_ABOUT = """Copies a university's HEMIS students and employees into PostgreSQL, through Kafka.

Times are unix milliseconds. Errors are `application/problem+json` with a `code` for programs.
"""

# Single records first: their addresses would also fit a resource's.
_PARTS = (
    *(records, syncs, history, progress, status, decisions),
    *(dead_letters, erasures, schedule, doctor, session, health, topics),
)


@dataclass(frozen=True, slots=True)
class Front:
    """How browsers reach the gateway."""

    origins: tuple[str, ...] = ()
    """Origins of other pages that may call."""
    proxies: tuple[str, ...] = ()
    """Peers whose ``X-Forwarded-*`` are believed."""
    root_path: str = ""


def create_application(parts: ApiContext, front: Front) -> FastAPI:
    open_paths = (PROGRESS,) if parts.access.is_open else ()
    # Its page /docs needs no internet: a university's server often has none.
    app = FastAPIOffline(
        title="hemis-sync",
        description=_ABOUT,
        version=own_version(),
        redirect_slashes=False,
        redoc_url=None,
        responses=problems(_413="the body is over 64 KiB", _422="a field is wrong: which and why"),
        middleware=[
            Middleware(HeadAsGet),
            Middleware(Forwarded, trusted=front.proxies),
            Middleware(Stripped, root_path=front.root_path),
            Middleware(SecurityHeadersMiddleware),
            Middleware(CorsMiddleware, origins=front.origins, open_paths=open_paths),
            Middleware(AuthenticationMiddleware, access=parts.access),
            Middleware(BodyLimitMiddleware),
            Middleware(Restored, root_path=front.root_path),
        ],
    )
    app.state.parts = parts
    install_problems(app)
    for part in _PARTS:
        app.include_router(part.router)
    install_dashboard(app)
    complete_contract(app, parts.access)
    return app
