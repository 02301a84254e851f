"""Reads whole partitions over aiokafka, without a consumer group."""

from collections.abc import AsyncIterator, Collection, Mapping
from itertools import chain
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, TopicPartition

from libs.common.kafka.errors import translated
from libs.common.kafka.group_consumer import FETCH_OPTIONS, alive, answered_by, bounds_of
from libs.common.kafka.ports import Bounds, LogReader, Partition, Record

# If the log was truncated, reading starts at its present beginning.
READER_OPTIONS: dict[str, Any] = FETCH_OPTIONS | {"auto_offset_reset": "earliest"}


def reader_options(partitions: int) -> dict[str, Any]:
    """Return the options of a reader of so many partitions.

    A request that waits for new messages leaves out partitions with unread ones, and nothing more
    is asked of that broker meanwhile. With one partition that costs nothing, so the request may
    wait longer, and an idle process asks less often.
    """
    return READER_OPTIONS | ({"fetch_max_wait_ms": 500} if partitions == 1 else {})


class KafkaLogReader:
    """See ``LogReader``."""

    def __init__(self, client: AIOKafkaConsumer, starts: Mapping[Partition, int | None]) -> None:
        self._client = client
        self._starts = starts

    async def begin(self) -> None:
        """Seek to the starts; raises KafkaUnavailable."""
        self._client.assign([TopicPartition(*partition) for partition in self._starts])
        for partition, offset in self._starts.items():
            if offset is None:
                async with answered_by(self._client):
                    await self._client.seek_to_beginning(TopicPartition(*partition))
            else:
                self._client.seek(TopicPartition(*partition), offset)

    async def poll(self, seconds: float) -> list[Record]:
        with translated(), alive(self._client):
            batches = await self._client.getmany(timeout_ms=int(seconds * 1000))
        return cast("list[Record]", list(chain.from_iterable(batches.values())))

    async def bounds(self) -> Mapping[Partition, Bounds]:
        return await bounds_of(self._client, tuple(self._starts))

    async def ends(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        async with answered_by(self._client):
            ends = await self._client.end_offsets(
                [TopicPartition(*partition) for partition in partitions]
            )
        return {Partition(*partition): end for partition, end in ends.items()}

    async def position(self, partition: Partition) -> int:
        async with answered_by(self._client):
            offset: int = await self._client.position(TopicPartition(*partition))
        return offset


async def read_to_end(reader: LogReader) -> AsyncIterator[list[Record]]:
    """Yield what stands between the reader's positions and the logs' present ends.

    Positions are compared, not offsets of records: compaction leaves gaps.

    Raises:
        KafkaUnavailable: the end is not known to be reached.
    """
    ends = {partition: bounds.end for partition, bounds in (await reader.bounds()).items()}
    async for records in read_until(reader, ends):
        yield records


async def read_until(
    reader: LogReader, ends: Mapping[Partition, int]
) -> AsyncIterator[list[Record]]:
    """Yield records until every position has reached its end; some may stand beyond it."""
    for partition, end in ends.items():
        while await reader.position(partition) < end:
            yield await reader.poll(0.2)
