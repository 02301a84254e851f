"""What the rebuild and its readers tell each other: JSON, a message a line."""

import asyncio
from contextlib import suppress
from datetime import datetime

import msgspec

from libs.common.kafka.ports import Partition

LONGEST_LINE = 4 * 1024 * 1024


class Message(msgspec.Struct, frozen=True, tag=True):
    """Any of them."""


class Last(msgspec.Struct, frozen=True):
    """The record that the offset row says was loaded last."""

    offset: int
    record: str
    newest: datetime | None


class Task(msgspec.Struct, frozen=True):
    """A partition to read; without a last record, nothing of it is in the tables."""

    topic: str
    partition: int
    last: Last | None

    @property
    def place(self) -> Partition:
        return Partition(self.topic, self.partition)


class ReadLogs(Message, frozen=True):
    """Read these partitions from their beginning to their present end."""

    run: str
    tasks: tuple[Task, ...]
    counted: frozenset[str]
    """Syncs whose records a loader still has to count."""
    bury: bool


class ReadOn(Message, frozen=True):
    """Read on until these offsets."""

    ends: tuple[tuple[str, int, int], ...]


class Found(Message, frozen=True):
    """At most so many records lie before the reader."""

    records: int


class Passed(Message, frozen=True):
    """So many records more are in the shadow tables."""

    records: int


class Reading(Message, frozen=True):
    """How far a partition was read, and what its offset row may become."""

    topic: str
    partition: int
    position: int
    stands: bool
    """Whether the last loaded record still is where it was."""
    next_offset: int
    """Before the first record that a loader still has to count."""
    newest: datetime | None
    last_record: str | None

    @property
    def place(self) -> Partition:
        return Partition(self.topic, self.partition)


class Readings(Message, frozen=True):
    """The order is carried out."""

    readings: tuple[Reading, ...]


class Failed(Message, frozen=True):
    """It cannot be: something is away, or not as it should be."""

    reason: str
    away: bool


Order = ReadLogs | ReadOn
Report = Found | Passed | Readings | Failed

_encoder = msgspec.json.Encoder()
REPORTS: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


async def send(writer: asyncio.StreamWriter, message: Message) -> None:
    writer.write(_encoder.encode(message) + b"\n")
    await writer.drain()


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
