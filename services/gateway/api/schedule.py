"""When the next syncs start by themselves."""

from fastapi import APIRouter

from libs.common.contracts.times import rfc3339
from services.gateway.api.answers import Run, ScheduleShown
from services.gateway.api.parts import PartsOf
from services.gateway.scheduling.cron import Schedule

router = APIRouter(prefix="/api/hemis", tags=["schedule"])

_SHOWN_RUNS = 5


@router.get("/schedule", summary="The schedule and its next runs")
async def show_schedule(parts: PartsOf) -> ScheduleShown:
    schedule = parts.schedule
    if schedule is None:
        return ScheduleShown(cron=None, timezone="UTC", next=[])
    ticks = schedule.upcoming(parts.view.now(), _SHOWN_RUNS)
    runs = [_run(schedule, tick) for tick in ticks]
    return ScheduleShown(cron=schedule.cron, timezone=schedule.zone, next=runs)


def _run(schedule: Schedule, tick: int) -> Run:
    return Run(utc=rfc3339(tick), local=schedule.local(tick).isoformat())
