"""Runs statements that PostgreSQL may refuse, in savepoints, so that the transaction survives."""

from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Sequence
from typing import TypeVar

import asyncpg

from libs.common.postgres.errors import action_of, described, state_of
from libs.common.postgres.pool import Connection
from libs.common.postgres.sqlstates import ErrorAction

K = TypeVar("K", bound=Hashable)

SILENT = (
    "PostgreSQL reports no error and the row is still there: a trigger, a rule or row-level"
    " security keeps it"
)
_TOO_LONG = "57014"
# Classes of SQLSTATEs that concern the whole server: the batch waits until they are over.
_SERVER_CLASSES = ("25", "3D", "53", "58", "F0", "XX")


class Unchanged(Exception):
    """A statement reported no error, but did not change every row."""


async def refusal(connection: Connection, act: Callable[[], Awaitable[object]]) -> str:
    """Run ``act`` in a savepoint; return why PostgreSQL refuses it, or an empty text.

    Raises outages and errors in our own SQL.
    """
    try:
        async with connection.transaction():
            await act()
    except Unchanged:
        return SILENT
    except asyncpg.PostgresError as error:
        if not _is_refusal(error):
            raise
        return described(error)
    return ""


async def refusals(
    connection: Connection,
    items: Sequence[K],
    act: Callable[[Sequence[K]], Awaitable[object]],
    remaining: Callable[[Sequence[K]], Awaitable[Iterable[K]]],
) -> dict[K, str]:
    """Run ``act`` on all items; return why those that ``remaining`` still finds were refused."""
    found = await refused_ones(connection, items, act)
    return {item: found.get(item, SILENT) for item in await remaining(items)}


async def refused_ones(
    connection: Connection, items: Sequence[K], act: Callable[[Sequence[K]], Awaitable[object]]
) -> dict[K, str]:
    """Run ``act`` on all items that PostgreSQL accepts; find the others by halving."""
    reason = await refusal(connection, lambda: act(items)) if items else ""
    if not reason or len(items) == 1:
        return dict.fromkeys(items, reason) if reason else {}
    middle = len(items) // 2
    first = await refused_ones(connection, items[:middle], act)
    if middle > 1 and _all_too_long(first.values(), middle):
        # Probably a foreign key without an index: each of the others would take as long.
        return first | dict.fromkeys(items[middle:], reason)
    return first | await refused_ones(connection, items[middle:], act)


def _all_too_long(reasons: Collection[str], count: int) -> bool:
    return len(reasons) == count and all(_TOO_LONG in reason for reason in reasons)


def _is_refusal(error: asyncpg.PostgresError) -> bool:
    match action_of(error):
        case ErrorAction.RECORD:
            return True
        case ErrorAction.SETUP:
            return state_of(error)[:2] not in _SERVER_CLASSES
        case _:
            return state_of(error) == _TOO_LONG
