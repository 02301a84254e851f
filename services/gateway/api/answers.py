"""What the API answers beside progress and report."""

from typing import Literal

from pydantic import Field

from libs.common.contracts.resources import Resource
from libs.common.contracts.words import Mode
from services.gateway.api.problems import Problem
from services.gateway.progress.shapes import Shape
from services.gateway.progress.status import Status

RecordOutcome = Literal["inserted", "updated", "unchanged", "rejected"]


class Accepted(Shape):
    """A request that Kafka has; ``Location`` names where to see what becomes of it."""

    sync_id: str
    resource: Resource
    mode: Mode | None = None
    status: Status
    message: str


class RecordSynced(Shape):
    """One person whose rows are committed."""

    sync_id: str
    hemis_id: int | None
    outcome: RecordOutcome = Field(description="of several positions the strongest")


class EmployeeSynced(RecordSynced):
    positions: int = Field(description="how many positions HEMIS has of the person")


class Run(Shape):
    """One tick to come."""

    utc: str = Field(examples=["2026-11-24T01:00:00Z"])
    local: str = Field(examples=["2026-11-24T06:00:00+05:00"])


class ScheduleShown(Shape):
    """The schedule and its next runs; ``cron`` is null where there is none."""

    cron: str | None = Field(examples=["0 1 * * *"])
    timezone: str = Field(examples=["UTC"])
    next: list[Run]


def problems(**described: str) -> dict[int | str, dict[str, object]]:
    """Describe the problem documents of an endpoint: ``problems(_404="no such sync")``."""
    return {
        int(status.removeprefix("_")): {"model": Problem, "description": text}
        for status, text in described.items()
    }
