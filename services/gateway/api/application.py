"""The HTTP application: middleware, routes, problem documents and OpenAPI document."""

from collections.abc import Iterable

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware

from libs.common.health.heartbeat import own_version
from services.gateway.api.middleware.authentication import AuthenticationMiddleware
from services.gateway.api.middleware.body_limit import BodyLimitMiddleware
from services.gateway.api.middleware.cors import PROGRESS, CorsMiddleware
from services.gateway.api.middleware.forwarded import ForwardedMiddleware
from services.gateway.api.middleware.head import HeadMiddleware
from services.gateway.api.middleware.root_path import (
    RestoreRootPathMiddleware,
    StripRootPathMiddleware,
)
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
from services.gateway.security.access import Access
from services.gateway.settings import GatewaySettings

_ABOUT = """Copies a university's HEMIS students and employees into PostgreSQL, through Kafka.

Times are unix milliseconds. Errors are `application/problem+json` with a `code` for programs.
"""

# Single records first: their paths would also match a resource's.
_ROUTES = (
    *(records, syncs, history, progress, status, decisions),
    *(dead_letters, erasures, schedule, doctor, session, health, topics),
)


def create_application(
    settings: GatewaySettings, access: Access, components: Iterable[object]
) -> FastAPI:
    """Return the application; routes get ``components`` by their class (``provided``)."""
    open_paths = (PROGRESS,) if access.is_open else ()
    root_path = settings.gateway_root_path
    # The offline variant: a university's server often has no internet for the page /docs.
    app = FastAPIOffline(
        title="hemis-sync",
        description=_ABOUT,
        version=own_version(),
        redirect_slashes=False,
        redoc_url=None,
        responses=problems(
            _413="the body is over 64 KiB", _422="a field is wrong: the detail says which and why"
        ),
        middleware=[
            Middleware(HeadMiddleware),
            Middleware(ForwardedMiddleware, trusted=settings.trusted_proxies),
            Middleware(StripRootPathMiddleware, root_path=root_path),
            Middleware(SecurityHeadersMiddleware),
            Middleware(CorsMiddleware, origins=settings.cors_origins, open_paths=open_paths),
            Middleware(AuthenticationMiddleware, access=access),
            Middleware(BodyLimitMiddleware),
            Middleware(RestoreRootPathMiddleware, root_path=root_path),
        ],
    )
    app.state.components = {type(one): one for one in (access, *components)}
    install_problems(app)
    for routes in _ROUTES:
        app.include_router(routes.router)
    install_dashboard(app)
    complete_contract(app, access)
    return app
