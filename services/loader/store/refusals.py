"""What PostgreSQL does not let go: tried in savepoints, so that the transaction goes on."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import TypeVar

import asyncpg

from libs.common.postgres.errors import answer_of, described, state_of
from libs.common.postgres.pool import Connection
from libs.common.postgres.states import Answer

K = TypeVar("K", bound=Hashable)

SILENT = (
    "PostgreSQL reports no error and the row is still there: a trigger, a rule or row-level"
    " security keeps it"
)
_TOO_LONG = "57014"
# Of the whole server: the batch waits for it, and so does everything else.
_OF_THE_SERVER = ("25", "3D", "53", "58", "F0", "XX")


async def refusal(connection: Connection, act: Callable[[], Awaitable[object]]) -> str:
    """Carry it out; return why PostgreSQL refuses it, empty where it does not.

    Nothing of what was refused stays. An outage, and what is broken in our own SQL, is raised.
    """
    try:
        async with connection.transaction():
            await act()
    except asyncpg.PostgresError as error:
        if not _is_refusal(error):
            raise
        return described(error)
    return ""


async def refusals(
    connection: Connection,
    items: Sequence[K],
    act: Callable[[Sequence[K]], Awaitable[object]],
    standing: Callable[[Sequence[K]], Awaitable[Iterable[K]]],
) -> dict[K, str]:
    """Carry it out for all that PostgreSQL lets go; return the reasons of those that stand."""
    found = await refused_ones(connection, items, act)
    return {item: found.get(item, SILENT) for item in await standing(items)}


async def refused_ones(
    connection: Connection, items: Sequence[K], act: Callable[[Sequence[K]], Awaitable[object]]
) -> dict[K, str]:
    """Carry it out for all but those that PostgreSQL refuses, found by halving."""
    reason = await refusal(connection, lambda: act(items)) if items else ""
    if not reason or len(items) == 1:
        return dict.fromkeys(items, reason) if reason else {}
    middle = len(items) // 2
    first = await refused_ones(connection, items[:middle], act)
    return first | await refused_ones(connection, items[middle:], act)


def _is_refusal(error: asyncpg.PostgresError) -> bool:
    match answer_of(error):
        case Answer.RECORD:
            return True
        case Answer.SETUP:
            return state_of(error)[:2] not in _OF_THE_SERVER
        case _:
            return state_of(error) == _TOO_LONG
