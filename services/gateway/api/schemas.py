"""What the API answers beside progress and report."""

from typing import Literal

from pydantic import Field

from libs.common.contracts.enums import Mode
from libs.common.contracts.resources import Resource
from services.gateway.api.problems import Problem
from services.gateway.projection.status import Status
from services.gateway.scheduling.due import Misfire
from services.gateway.views.schemas import ApiModel

RecordOutcome = Literal["inserted", "updated", "unchanged", "rejected"]


class Accepted(ApiModel):
    """A request that Kafka has; ``Location`` names where to see what becomes of it."""

    sync_id: str
    resource: Resource
    mode: Mode | None = None
    status: Status
    message: str


class RecordSynced(ApiModel):
    """One person whose rows are committed."""

    sync_id: str
    hemis_id: int | None
    outcome: RecordOutcome = Field(description="of several positions the strongest")


class EmployeeSynced(RecordSynced):
    positions: int = Field(description="how many positions HEMIS has of the person")


class Run(ApiModel):
    """One tick to come."""

    utc: str = Field(examples=["2026-11-24T01:00:00Z"])
    local: str = Field(examples=["2026-11-24T06:00:00+05:00"])


class TickShown(Run):
    """One tick that was, for one resource."""

    at: int
    resource: Resource
    outcome: Literal["sync", "skipped", "missed"]
    sync_id: str | None = Field(description="null where it began no sync")
    status: Status | None = Field(description="of that sync")
    reason: str | None = Field(description="why it began no sync")
    late_seconds: int = Field(description="from the tick to the request; 0 is on time")


class ScheduleShown(ApiModel):
    """The schedule, its next runs and its last ones; ``cron`` is null where there is none."""

    cron: str | None = Field(examples=["0 1 * * *"])
    timezone: str = Field(examples=["UTC"])
    words: str | None = Field(None, examples=["every day at 01:00"])
    misfire: Misfire = Field("latest", description="what becomes of ticks missed while down")
    next: list[Run]
    ticks: list[TickShown] = Field([], description="newest first, those of the last 20 moments")


def problems(**described: str) -> dict[int | str, dict[str, object]]:
    """Describe the problem documents of an endpoint: ``problems(_404="no such sync")``."""
    return {
        int(status.removeprefix("_")): {"model": Problem, "description": text}
        for status, text in described.items()
    }
