"""SQL on ``offsets``: who holds a partition, how far it is loaded, and the fence."""

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
_READ = """
    SELECT epoch, next_offset, newest, last_record, reread_until FROM offsets
    WHERE topic = $1 AND partition = $2
"""
_TAKE_OVER = """
    UPDATE offsets
    SET epoch = epoch + 1, next_offset = $3, newest = $4, last_record = $5,
        reread_until = CASE WHEN reread_until > $3 THEN reread_until END
    WHERE topic = $1 AND partition = $2
"""
_RAISE_EPOCH = "UPDATE offsets SET epoch = epoch + 1 WHERE topic = $1 AND partition = $2"
_READ_CLAIMS = "SELECT topic, partition, epoch, next_offset FROM offsets"


@dataclass(frozen=True, slots=True)
class OffsetRow:
    """How far a partition is loaded."""

    epoch: int
    next_offset: int
    newest: datetime | None
    last_record: str | None
    reread_until: int | None


@dataclass(frozen=True, slots=True)
class Advance:
    """How a batch moves the offset of one partition."""

    partition: Partition
    epoch: int
    expected_offset: int
    next_offset: int
    newest: datetime | None
    last_record: str


async def claim(connection: Connection, partition: Partition) -> OffsetRow:
    """Raise the epoch of a partition, and return its row."""
    await connection.execute(_ADD, *partition)
    row = await connection.fetchrow(_CLAIM, *partition)
    assert row is not None  # noqa: S101 — added one line above, and never deleted
    return OffsetRow(*row)


async def begin_reread(
    connection: Connection, partition: Partition, epoch: int, first: int, end: int
) -> None:
    """Set a partition back to its first offset, if the epoch is still the same."""
    await connection.execute(_REREAD, *partition, epoch, first, end)


async def fence(connection: Connection, advances: Iterable[Advance]) -> list[Partition]:
    """Move the offsets, in order; return the partitions that another loader holds now."""
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


async def read_claims(connection: Connection) -> dict[Partition, tuple[int, int]]:
    """Return epoch and next offset of every partition."""
    rows = await connection.fetch(_READ_CLAIMS)
    return {Partition(row[0], row[1]): (row[2], row[3]) for row in rows}


async def read(
    connection: Connection, partitions: Iterable[Partition]
) -> dict[Partition, OffsetRow]:
    """Return the rows of these partitions, where there are any."""
    found = {partition: await connection.fetchrow(_READ, *partition) for partition in partitions}
    return {partition: OffsetRow(*row) for partition, row in found.items() if row is not None}


async def lock(
    connection: Connection, partitions: Iterable[Partition]
) -> dict[Partition, OffsetRow]:
    """Lock the rows, in order, until the transaction ends: no loader can pass the fence."""
    rows = {}
    for partition in sorted(partitions):
        await connection.execute(_ADD, *partition)
        row = await connection.fetchrow(f"{_READ} FOR UPDATE", *partition)
        assert row is not None  # noqa: S101 — added one line above, and never deleted
        rows[partition] = OffsetRow(*row)
    return rows


async def raise_epoch(connection: Connection, partition: Partition) -> None:
    """Fence the loader that holds the partition; it claims again."""
    await connection.execute(_RAISE_EPOCH, *partition)


async def take_over(
    connection: Connection,
    partition: Partition,
    next_offset: int,
    newest: datetime | None,
    last_record: str | None,
) -> None:
    """Set how far the partition is loaded, and fence the loader that holds it."""
    await connection.execute(_TAKE_OVER, *partition, next_offset, newest, last_record)
