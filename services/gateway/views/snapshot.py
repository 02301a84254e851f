"""One sync at one moment: the values that all its texts and numbers share. Pure."""

from dataclasses import dataclass

from libs.common.contracts.events import LoadingPaused
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.liveness import NO_SILENCE, Silence
from services.gateway.views.status import Status, status_of
from services.gateway.views.totals import Pages, Totals, failed_pages_of, pages_of, totals_of


@dataclass(frozen=True, slots=True)
class SyncSnapshot:
    """Computed once, then passed on; ``now`` in unix milliseconds."""

    sync: SyncState
    now: int
    silence: Silence
    pause: LoadingPaused | None
    """Of the resource's topic, whichever sync caused it."""
    status: Status
    totals: Totals
    pages: Pages
    failed_pages: tuple[int, ...]


def snapshot_of(
    sync: SyncState, now: int, silence: Silence = NO_SILENCE, pause: LoadingPaused | None = None
) -> SyncSnapshot:
    return SyncSnapshot(
        sync=sync,
        now=now,
        silence=silence,
        pause=pause,
        status=shown_status(sync, now, silence),
        totals=totals_of(sync),
        pages=pages_of(sync),
        failed_pages=failed_pages_of(sync),
    )


def shown_status(sync: SyncState, now: int, silence: Silence) -> Status:
    """Return the status that people see, ``stalled`` included."""
    status = status_of(sync, now)
    return Status.STALLED if status is Status.RUNNING and silence else status
