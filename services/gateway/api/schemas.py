"""Response models other than progress and report."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from libs.common.contracts.enums import Mode
from libs.common.contracts.resources import Resource
from services.gateway.api.problems import Problem
from services.gateway.scheduling.due import Misfire
from services.gateway.views.history import parsed_cursor
from services.gateway.views.schemas import ApiModel
from services.gateway.views.status import Status

RecordOutcome = Literal["inserted", "updated", "unchanged", "rejected"]

NOT_READ = "the gateway has just started: the topics are still being read"
KAFKA_AWAY = (
    "Kafka did not confirm, or the topics are still being read: try again, with the same key"
)


def _checked_cursor(text: str) -> str:
    parsed_cursor(text)
    return text


PageCursor = Annotated[
    Annotated[str, AfterValidator(_checked_cursor)] | None,
    Field(max_length=300, description="the `next` of the page before"),
]


class Accepted(ApiModel):
    """A request that Kafka confirmed; the ``Location`` header is the address of its sync."""

    sync_id: str
    resource: Resource
    mode: Mode | None = None
    status: Status
    message: str


class RecordSynced(ApiModel):
    """One person whose rows are committed."""

    sync_id: str
    hemis_id: int | None
    outcome: RecordOutcome = Field(description="the strongest outcome of several positions")


class EmployeeSynced(RecordSynced):
    positions: int = Field(description="number of positions that HEMIS has of the person")


class Run(ApiModel):
    """One future tick."""

    utc: str = Field(examples=["2026-11-24T01:00:00Z"])
    local: str = Field(examples=["2026-11-24T06:00:00+05:00"])


class TickShown(Run):
    """One past tick, for one resource."""

    at: int
    resource: Resource
    outcome: Literal["sync", "skipped", "missed"]
    sync_id: str | None = Field(description="null if it started no sync")
    status: Status | None = Field(description="status of that sync")
    reason: str | None = Field(description="why it started no sync")
    late_seconds: int = Field(description="seconds from the tick to the request; 0 if on time")


class ScheduleShown(ApiModel):
    """The schedule, its next runs and its last ones; ``cron`` is null without a schedule."""

    cron: str | None = Field(examples=["0 1 * * *"])
    timezone: str = Field(examples=["UTC"])
    words: str | None = Field(None, examples=["every day at 01:00"])
    misfire: Misfire = Field("latest", description="what happens to ticks missed while down")
    next: list[Run]
    ticks: list[TickShown] = Field([], description="newest first, those of the last 20 times")


def problems(**described: str) -> dict[int | str, dict[str, object]]:
    """Describe the problem documents of an endpoint: ``problems(_404="no such sync")``."""
    return {
        int(status.removeprefix("_")): {"model": Problem, "description": text}
        for status, text in described.items()
    }
