"""How old the tables are: when a resource's last complete sync ended. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from libs.common.contracts.events import SyncFinished
from services.gateway.projection.sync_state import SyncState


@dataclass(frozen=True, slots=True)
class Freshness:
    """Unix milliseconds; ``since`` is the last complete end, or before any the first request."""

    last_complete_at: int | None
    since: int | None

    def is_stale(self, now: int, stale_after_ms: int) -> bool:
        return self.since is not None and now - self.since > stale_after_ms


def freshness_of(full: Iterable[SyncState]) -> Freshness:
    """Judge by a resource's full syncs; of one that nobody ever asked for nothing is expected."""
    syncs = list(full)
    finished = (sync.facts.get(SyncFinished) for sync in syncs)
    complete = max((end.at for end in finished if end is not None and end.complete), default=None)
    if complete is not None:
        return Freshness(complete, complete)
    return Freshness(None, min(map(_begun_at, syncs), default=None))


def _begun_at(sync: SyncState) -> int:
    return sync.started_at or sync.asked_at or sync.last_at
