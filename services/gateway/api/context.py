"""What the endpoints work with, handed to them by the composition root."""

from dataclasses import dataclass, replace
from typing import Annotated, cast

from fastapi import Depends, Header, Request
from prometheus_client import CollectorRegistry

from libs.common.contracts.topics import Topics
from libs.common.process.findings import Findings
from libs.common.process.readiness import Readiness
from services.gateway.commands.erasures import ErasureRequests
from services.gateway.commands.requests import SyncRequests
from services.gateway.dead_letters.service import DeadLetterService
from services.gateway.dead_letters.stored_values import StoredValues
from services.gateway.live.live_view import LiveView
from services.gateway.live.stored_errors import StoredErrors
from services.gateway.live.stream import ProgressStream
from services.gateway.scheduling.cron import Schedule
from services.gateway.scheduling.due import Misfire
from services.gateway.security.access import Access
from services.gateway.security.keys import Caller


@dataclass(frozen=True, slots=True)
class ApiContext:
    topics: Topics
    view: LiveView
    feed: ProgressStream
    requests: SyncRequests
    schedule: Schedule | None
    misfire: Misfire
    readiness: Readiness
    metrics: CollectorRegistry
    access: Access
    desk: DeadLetterService
    stored_values: StoredValues
    stored_errors: StoredErrors
    erasing: ErasureRequests
    stale_after_ms: int
    findings: Findings

    def asked_by(self, name: str | None) -> "ApiContext":
        """Give the same, with every command bearing the name of who asked for it."""
        requests = self.requests.asked_by(name)
        return replace(self, requests=requests, desk=self.desk.asked_by(requests))


async def _caller(request: Request) -> Caller:
    return cast("Caller", request.state.caller)


async def _parts(request: Request) -> ApiContext:
    parts = cast("ApiContext", request.app.state.parts)
    caller = getattr(request.state, "caller", None)  # none where no key is needed
    return parts if caller is None or caller.name is None else parts.asked_by(caller.name)


# Who asks, under /api/: ``caller.name`` is None while no keys are set.
CallerOf = Annotated[Caller, Depends(_caller)]
ApiContextOf = Annotated[ApiContext, Depends(_parts)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="Same key, same sync: asking again starts nothing and tells what became of it;"
        " another request under the same key is refused",
    ),
]
