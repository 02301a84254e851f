"""Messages between a rebuild and its reader processes: JSON, one message a line."""

import asyncio
from contextlib import suppress
from datetime import datetime

import msgspec

from libs.common.kafka.ports import Partition
from services.loader.store.offsets import OffsetRow

MAX_LINE_BYTES = 4 * 1024 * 1024


class Message(msgspec.Struct, frozen=True, tag=True):
    """A request to a reader, or its report."""


class Task(msgspec.Struct, frozen=True):
    """A partition to read, and its offset row, where it has one."""

    partition: Partition
    row: OffsetRow | None

    @property
    def is_loaded(self) -> bool:
        """Whether a loader has loaded any record of the partition."""
        return self.row is not None and self.row.last_record is not None


class ReadLogs(Message, frozen=True):
    """Read these partitions from their beginning to their present end."""

    run: str
    tasks: tuple[Task, ...]
    open_syncs: frozenset[str]
    """Syncs whose records a loader still has to count."""
    writes_dead_letters: bool


class ReadUntil(Message, frozen=True):
    """Continue reading until these offsets."""

    ends: tuple[tuple[Partition, int], ...]


class RecordsFound(Message, frozen=True):
    """The reader has at most this many records to read."""

    count: int


class RecordsWritten(Message, frozen=True):
    """The reader has written this many more records to the shadow tables."""

    count: int


class PartitionRead(Message, frozen=True):
    """How far a partition was read, and what its offset row may become."""

    partition: Partition
    position: int
    is_same_log: bool
    """Whether the log is still the one that was loaded."""
    next_offset: int
    """Before the first record that a loader still has to count."""
    newest: datetime | None
    last_record: str | None


class PartitionsRead(Message, frozen=True):
    """The request is done."""

    partitions: tuple[PartitionRead, ...]


class Failed(Message, frozen=True):
    """The request failed: Kafka or PostgreSQL is away, or something else is wrong."""

    reason: str
    is_away: bool


Request = ReadLogs | ReadUntil
Report = RecordsFound | RecordsWritten | PartitionsRead | Failed

_encoder = msgspec.json.Encoder()
REPORTS: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


async def send(writer: asyncio.StreamWriter, message: Message) -> None:
    writer.write(_encoder.encode(message) + b"\n")
    await writer.drain()


async def close_stream(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
