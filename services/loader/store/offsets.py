"""SQL on ``offsets``: who owns a partition, how far it is loaded, and the fence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from libs.common.kafka.ports import Partition
from libs.common.postgres.pool import Connection

_ADD = """
    INSERT INTO offsets (topic, partition) VALUES ($1, $2)
    ON CONFLICT (topic, partition) DO NOTHING
"""
_CLAIM = """
    UPDATE offsets SET epoch = epoch + 1
    WHERE topic = $1 AND partition = $2
    RETURNING epoch, next_offset, newest, last_record, reread_until
"""
_REREAD = """
    UPDATE offsets
    SET next_offset = $4, newest = NULL, last_record = NULL, reread_until = $5
    WHERE topic = $1 AND partition = $2 AND epoch = $3
"""
_FENCE = """
    UPDATE offsets
    SET next_offset = $5, newest = $6, last_record = $7,
        reread_until = CASE WHEN reread_until > $5 THEN reread_until END
    WHERE topic = $1 AND partition = $2 AND epoch = $3 AND next_offset = $4
"""
_LOOK = """
    SELECT epoch, next_offset, newest, last_record, reread_until FROM offsets
    WHERE topic = $1 AND partition = $2
"""
_TAKE_OVER = """
    UPDATE offsets
    SET epoch = epoch + 1, next_offset = $3, newest = $4, last_record = $5,
        reread_until = CASE WHEN reread_until > $3 THEN reread_until END
    WHERE topic = $1 AND partition = $2
"""
_RAISE = "UPDATE offsets SET epoch = epoch + 1 WHERE topic = $1 AND partition = $2"
_ALL = "SELECT topic, partition, epoch, next_offset FROM offsets"


@dataclass(frozen=True, slots=True)
class OffsetRow:
    """What a claim found."""

    epoch: int
    next_offset: int
    newest: datetime | None
    last_record: str | None
    reread_until: int | None


@dataclass(frozen=True, slots=True)
class Advance:
    """How a batch moves one partition, if it is still ours."""

    partition: Partition
    epoch: int
    expected_offset: int
    next_offset: int
    newest: datetime | None
    last_record: str


async def claim(connection: Connection, partition: Partition) -> OffsetRow:
    await connection.execute(_ADD, *partition)
    row = await connection.fetchrow(_CLAIM, *partition)
    assert row is not None  # noqa: S101 — added one line above, and never deleted
    return OffsetRow(*row)


async def begin_reread(
    connection: Connection, partition: Partition, epoch: int, first: int, end: int
) -> None:
    await connection.execute(_REREAD, *partition, epoch, first, end)


async def fence(connection: Connection, advances: Iterable[Advance]) -> list[Partition]:
    """Move the offsets, in order, and return the partitions that are no longer ours."""
    lost = []
    for move in sorted(advances, key=lambda advance: advance.partition):
        status = await connection.execute(
            _FENCE,
            *move.partition,
            move.epoch,
            move.expected_offset,
            move.next_offset,
            move.newest,
            move.last_record,
        )
        if status != "UPDATE 1":
            lost.append(move.partition)
    return lost


async def owners(connection: Connection) -> dict[Partition, tuple[int, int]]:
    """Return epoch and next offset of every partition."""
    rows = await connection.fetch(_ALL)
    return {Partition(row[0], row[1]): (row[2], row[3]) for row in rows}


async def look(
    connection: Connection, partitions: Iterable[Partition]
) -> dict[Partition, OffsetRow]:
    """Return the rows that are there."""
    found = {place: await connection.fetchrow(_LOOK, *place) for place in partitions}
    return {place: OffsetRow(*row) for place, row in found.items() if row is not None}


async def lock(
    connection: Connection, partitions: Iterable[Partition]
) -> dict[Partition, OffsetRow]:
    """Lock the rows, in order, until the transaction ends: no loader passes the fence."""
    rows = {}
    for place in sorted(partitions):
        await connection.execute(_ADD, *place)
        row = await connection.fetchrow(f"{_LOOK} FOR UPDATE", *place)
        assert row is not None  # noqa: S101 — added one line above, and never deleted
        rows[place] = OffsetRow(*row)
    return rows


async def raise_epoch(connection: Connection, partition: Partition) -> None:
    """Fence whoever holds the partition: it claims again."""
    await connection.execute(_RAISE, *partition)


async def take_over(
    connection: Connection,
    partition: Partition,
    next_offset: int,
    newest: datetime | None,
    last_record: str | None,
) -> None:
    """Set how far the partition is loaded, and fence whoever holds it."""
    await connection.execute(_TAKE_OVER, *partition, next_offset, newest, last_record)
