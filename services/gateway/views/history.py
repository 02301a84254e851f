"""Past and present syncs, newest first, and the cursor of a page of them. Pure."""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import TypeVar

from services.gateway.projection.sync_state import SyncState

T = TypeVar("T")

Cursor = tuple[int, str]
"""A time in unix milliseconds, and an id."""
_MOST_DIGITS = 15
"""Enough for every time until the year 9999."""


def cursor_of(sync: SyncState) -> Cursor:
    return (sync.listed_at, sync.sync_id)


def newest_first(
    syncs: Iterable[SyncState], before: Cursor | None, settled: Iterable[SyncState] = ()
) -> Iterator[SyncState]:
    """Merge syncs before a cursor; ``settled`` are already ordered and before it.

    A new sync always sorts before all that were shown, so a page never repeats one.
    """
    chosen = (sync for sync in syncs if before is None or cursor_of(sync) < before)
    return merge(sorted(chosen, key=cursor_of, reverse=True), settled, key=cursor_of, reverse=True)


def page_of(entries: Iterable[T], limit: int) -> tuple[list[T], T | None]:
    """Return the first entries; and the last of these, if there are more."""
    found = list(islice(entries, limit + 1))
    return found[:limit], found[limit - 1] if len(found) > limit else None


def cursor_text(cursor: Cursor) -> str:
    return f"{cursor[0]}.{cursor[1]}"


def parsed_cursor(text: str) -> Cursor:
    """Parse the text of ``cursor_text``.

    Raises:
        ValueError: the text is not a cursor.
    """
    at, dot, sync_id = text.partition(".")
    is_time = at.isascii() and at.isdecimal() and len(at) <= _MOST_DIGITS
    if not (is_time and dot and sync_id):
        raise ValueError("must be the `next` of the page before")
    return int(at), sync_id
