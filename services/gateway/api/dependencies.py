"""Dependencies of the routes: every route declares what it needs."""

from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, Header, Query, Request

from services.gateway.errors import NotCaughtUp
from services.gateway.live.live_view import LiveView
from services.gateway.security.keys import Caller

T = TypeVar("T")


def provided(kind: type[T]) -> Any:  # noqa: ANN401 — FastAPI's own type of a dependency
    """Return a dependency: the object of this class that ``create_application`` was given."""

    async def find(request: Request) -> T:
        return cast("T", request.app.state.components[kind])

    return Depends(find)


async def _caller(request: Request) -> Caller:
    return cast("Caller", request.state.caller)


View = Annotated[LiveView, provided(LiveView)]
CurrentCaller = Annotated[Caller, Depends(_caller)]
"""Only for routes under ``/api/``; ``name`` is None while no keys are set."""
WaitSeconds = Annotated[float, Query(ge=0, le=30, description="how long to wait for the result")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="Same key, same sync: a repeated request starts nothing and returns its state;"
        " another request under the same key is refused",
    ),
]


async def require_caught_up(view: View) -> None:
    """Refuse a request until the topics are read: before, answers would be incomplete."""
    if not view.caught_up:
        raise NotCaughtUp


CAUGHT_UP = Depends(require_caught_up)
