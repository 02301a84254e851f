"""The schedule: its next runs, and the result of the last ones."""

from typing import Annotated, Any

from fastapi import APIRouter

from libs.common.contracts.times import rfc3339
from services.gateway.api.dependencies import View, provided, require_caught_up
from services.gateway.api.schemas import NOT_READ, Run, ScheduleShown, TickShown, problems
from services.gateway.live.live_view import LiveView
from services.gateway.scheduling.cron import Schedule
from services.gateway.scheduling.describe import description_of
from services.gateway.scheduling.due import ScheduleSettings
from services.gateway.scheduling.history import ON_TIME_MS, PastTick, past_ticks

router = APIRouter(prefix="/api/hemis", tags=["schedule"])

_SHOWN_RUNS = 5
_SHOWN_TICKS = 20


@router.get(
    "/schedule",
    summary="The schedule, its next runs, and the result of the last ones",
    responses=problems(_503=NOT_READ),
)
async def show_schedule(
    settings: Annotated[ScheduleSettings, provided(ScheduleSettings)], view: View
) -> ScheduleShown:
    schedule, now = settings.schedule, view.now()
    if schedule is None:
        return ScheduleShown(cron=None, timezone="UTC", next=[])
    await require_caught_up(view)
    past = past_ticks(schedule, view.projection, now, _SHOWN_TICKS)
    return ScheduleShown(
        cron=schedule.cron,
        timezone=schedule.zone,
        words=description_of(schedule.cron),
        misfire=settings.misfire,
        next=[Run(**_times(schedule, tick)) for tick in schedule.upcoming(now, _SHOWN_RUNS)],
        ticks=[_shown(view, schedule, tick) for tick in past],
    )


def _shown(view: LiveView, schedule: Schedule, past: PastTick) -> TickShown:
    sync = past.sync
    late = past.late_ms if past.late_ms > ON_TIME_MS else 0
    skipped = view.projection.skipped_tick(past.sync_id) is not None
    return TickShown(
        **_times(schedule, past.tick),
        at=past.tick,
        resource=past.resource,
        outcome="sync" if sync is not None else "skipped" if skipped else "missed",
        sync_id=sync.sync_id if sync is not None else None,
        status=view.status(sync) if sync is not None else None,
        reason=past.reason,
        late_seconds=late // 1000,
    )


def _times(schedule: Schedule, tick: int) -> dict[str, Any]:
    return {"utc": rfc3339(tick), "local": schedule.local(tick).isoformat()}
