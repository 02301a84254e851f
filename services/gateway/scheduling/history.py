"""The result of the last ticks: a sync, a reason why there is none, or nothing. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from libs.common.contracts.resources import SCHEDULED, Resource
from services.gateway.projection.projection import Projection
from services.gateway.projection.sync_state import SyncState
from services.gateway.scheduling.cron import Schedule

# A tick is on time for a minute.
ON_TIME_MS = 60_000
_MOST_TICKS = 100


@dataclass(frozen=True, slots=True)
class PastTick:
    """A tick with its sync; without one, ``reason`` says why."""

    tick: int
    resource: Resource
    sync_id: str
    sync: SyncState | None = None
    reason: str | None = None
    late_ms: int = 0


def past_ticks(schedule: Schedule, projection: Projection, now: int, count: int) -> list[PastTick]:
    """Return the last ``count`` times, newest first, each with one tick per resource."""
    found = [tick for one in SCHEDULED for tick in _of_resource(schedule, projection, one, now)]
    moments = sorted({tick.tick for tick in found}, reverse=True)[:count]
    shown = [tick for tick in found if tick.tick in moments]
    return sorted(shown, key=lambda tick: (-tick.tick, SCHEDULED.index(tick.resource)))


def _of_resource(
    schedule: Schedule, projection: Projection, resource: Resource, now: int
) -> Iterator[PastTick]:
    known = dict(projection.ticks(resource))
    for sync_id, tick in known.items():
        yield _known(projection, resource, sync_id, tick)
    ours = [tick for sync_id, tick in known.items() if schedule.sync_id(resource, tick) == sync_id]
    # Before its first known tick this schedule may not have been configured yet.
    since = min(ours, default=now)
    for tick in islice(schedule.back_from(now - ON_TIME_MS), _MOST_TICKS):
        if tick < since:
            return
        sync_id = schedule.sync_id(resource, tick)
        if sync_id not in known:
            yield PastTick(tick, resource, sync_id, reason="missed: no gateway requested it")


def _known(projection: Projection, resource: Resource, sync_id: str, tick: int) -> PastTick:
    skipped = projection.skipped_tick(sync_id)
    if skipped is not None:
        late_ms = skipped.at - tick
        return PastTick(tick, resource, sync_id, reason=skipped.reason, late_ms=late_ms)
    sync = projection.find(sync_id)
    requested_at = (sync.requested_at or sync.started_at) if sync is not None else None
    return PastTick(tick, resource, sync_id, sync, late_ms=(requested_at or tick) - tick)
