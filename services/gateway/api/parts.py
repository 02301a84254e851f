"""What the endpoints work with, handed to them by the composition root."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Header, Request
from prometheus_client import CollectorRegistry

from libs.common.dependencies import Dependencies
from services.gateway.dead_letters.desk import Desk
from services.gateway.dead_letters.values import StoredValues
from services.gateway.progress.live import LiveView
from services.gateway.requests import Requests
from services.gateway.scheduling.cron import Schedule


@dataclass(frozen=True, slots=True)
class Parts:
    view: LiveView
    requests: Requests
    schedule: Schedule | None
    dependencies: Dependencies
    metrics: CollectorRegistry
    desk: Desk
    stored_values: StoredValues


async def _parts(request: Request) -> Parts:
    return cast("Parts", request.app.state.parts)


PartsOf = Annotated[Parts, Depends(_parts)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="Same key, same sync: asking again starts nothing and tells what became of it",
    ),
]
