"""When syncs start by themselves, and what came of the last times."""

from typing import Any

from fastapi import APIRouter

from libs.common.contracts.times import rfc3339
from services.gateway.api.context import ApiContext, ApiContextOf
from services.gateway.api.schemas import Run, ScheduleShown, TickShown, problems
from services.gateway.errors import NotCaughtUp
from services.gateway.scheduling.cron import Schedule
from services.gateway.scheduling.describe import in_words
from services.gateway.scheduling.history import PastTick, past_ticks

router = APIRouter(prefix="/api/hemis", tags=["schedule"])

_SHOWN_RUNS = 5
_SHOWN_TICKS = 20
_ON_TIME_MS = 60_000


@router.get(
    "/schedule",
    summary="The schedule, its next runs, and what came of the last ones",
    responses=problems(_503="just started: the topics are still being read"),
)
async def show_schedule(parts: ApiContextOf) -> ScheduleShown:
    schedule, now = parts.schedule, parts.view.now()
    if schedule is None:
        return ScheduleShown(cron=None, timezone="UTC", next=[])
    if not parts.view.caught_up:
        raise NotCaughtUp
    past = past_ticks(schedule, parts.view.projection, now, _SHOWN_TICKS)
    return ScheduleShown(
        cron=schedule.cron,
        timezone=schedule.zone,
        words=in_words(schedule.cron),
        misfire=parts.misfire,
        next=[Run(**_times(schedule, tick)) for tick in schedule.upcoming(now, _SHOWN_RUNS)],
        ticks=[_shown(parts, schedule, tick) for tick in past],
    )


def _shown(parts: ApiContext, schedule: Schedule, past: PastTick) -> TickShown:
    sync = past.sync
    late = past.late_ms if past.late_ms > _ON_TIME_MS else 0
    skipped = parts.view.projection.skipped(past.sync_id) is not None
    return TickShown(
        **_times(schedule, past.tick),
        at=past.tick,
        resource=past.resource,
        outcome="sync" if sync is not None else "skipped" if skipped else "missed",
        sync_id=sync.sync_id if sync is not None else None,
        status=parts.view.report(sync).status if sync is not None else None,
        reason=past.reason,
        late_seconds=late // 1000,
    )


def _times(schedule: Schedule, tick: int) -> dict[str, Any]:
    return {"utc": rfc3339(tick), "local": schedule.local(tick).isoformat()}
