"""Past and present syncs in a fixed order, newest first. Pure."""

from collections.abc import Iterable, Iterator
from heapq import merge

from services.gateway.projection.sync_state import SyncState

Place = tuple[int, str]
_MOST_DIGITS = 15
"""Of a time in unix milliseconds, until the year 9999."""


def place_of(sync: SyncState) -> Place:
    """Where it stands: by when it was asked for, which no later message changes."""
    return (sync.asked_at or sync.started_at or sync.last_at, sync.sync_id)


def newest_first(
    syncs: Iterable[SyncState], before: Place | None, settled: Iterable[SyncState] = ()
) -> Iterator[SyncState]:
    """Give those before a place; a new one stands before all that were shown.

    ``settled`` are in order already, and before that place.
    """
    chosen = (sync for sync in syncs if before is None or place_of(sync) < before)
    return merge(sorted(chosen, key=place_of, reverse=True), settled, key=place_of, reverse=True)


def written(place: Place) -> str:
    return f"{place[0]}.{place[1]}"


def read_place(text: str) -> Place:
    """Read what ``written`` wrote.

    Raises:
        ValueError: it is nothing of the kind.
    """
    at, dot, sync_id = text.partition(".")
    is_time = at.isascii() and at.isdecimal() and len(at) <= _MOST_DIGITS
    if not (is_time and dot and sync_id):
        raise ValueError("must be the `next` of the page before")
    return int(at), sync_id
