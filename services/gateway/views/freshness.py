"""How old the tables are: when a resource's last complete sync ended. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from libs.common.contracts.events import SyncFinished
from services.gateway.projection.sync_state import SyncState


@dataclass(frozen=True, slots=True)
class Freshness:
    """Unix milliseconds; ``since`` is the last complete end, or else the first request."""

    last_complete_at: int | None
    since: int | None

    def is_stale(self, now: int, stale_after_ms: int) -> bool:
        return self.since is not None and now - self.since > stale_after_ms


def freshness_of(full: Iterable[SyncState]) -> Freshness:
    """Judge a resource by its full syncs; one that was never requested is not stale."""
    syncs = list(full)
    finished = (sync.facts.get(SyncFinished) for sync in syncs)
    complete = max((end.at for end in finished if end is not None and end.complete), default=None)
    if complete is not None:
        return Freshness(complete, complete)
    return Freshness(None, min(map(_begun_at, syncs), default=None))


def _begun_at(sync: SyncState) -> int:
    return sync.started_at or sync.requested_at or sync.last_event_at
