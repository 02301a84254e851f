"""Reads the record topic of one resource, which only this service writes."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from datetime import datetime
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from libs.common.contracts.checkpoints import Cursor, LastRecord, SyncCheckpoint
from libs.common.contracts.records import split_key, usable_id
from libs.common.contracts.resources import Resource
from libs.common.contracts.times import moment
from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Bounds, Broker, Partition, Record
from libs.common.kafka.producer import partition_of
from libs.common.kafka.same_log import LogEnd, is_same_log
from libs.common.process.readiness import Readiness
from services.fetcher.publishing.last_records import last_record
from services.fetcher.publishing.messages import fields_of

P = ParamSpec("P")
T = TypeVar("T")


def _while_kafka_is_away(
    read: Callable[Concatenate["RecordTopic", P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate["RecordTopic", P], Coroutine[Any, Any, T]]:
    """Let a method wait while Kafka is away, and then read again."""

    @wraps(read)
    async def waiting(self: "RecordTopic", /, *args: P.args, **kwargs: P.kwargs) -> T:
        attempt = partial(read, self, *args, **kwargs)
        return await self._readiness.wait_for(KAFKA, attempt, KafkaUnavailable)

    return waiting


class RecordTopic:
    """Answers questions about published records.

    Every method waits while Kafka is away, and raises Stopped if the stop comes first.
    """

    def __init__(
        self, broker: Broker, topics: Topics, resource: Resource, readiness: Readiness
    ) -> None:
        self.name = topics.records(resource)
        self._broker = broker
        self._partition_count = topics.record_partitions
        self._number_field = resource.number_field
        self._readiness = readiness

    @_while_kafka_is_away
    async def id_number_of(self, hemis_id: int) -> str | None:
        """Return the id number in the person's newest record; None if it has none."""
        newest = b""
        async for record in self._records_of(hemis_id):
            newest = record.value or newest
        number = self._number_in(newest)
        return number if usable_id(number) else None

    @_while_kafka_is_away
    async def keys_of(self, hemis_id: int) -> set[str]:
        """Return all keys of this person that are still in the topic."""
        return {_key_of(record) async for record in self._records_of(hemis_id)}

    @_while_kafka_is_away
    async def people_with(self, id_number: str) -> set[int]:
        """Return the people whose newest record, of any position, holds this id number."""
        partitions = [Partition(self.name, number) for number in range(self._partition_count)]
        found: set[str] = set()
        async for record in self._read(partitions):
            value = record.value or b""
            # A search in the bytes first: nearly no record needs to be parsed.
            if id_number.encode() in value and self._number_in(value) == id_number:
                found.add(_key_of(record))
            else:
                found.discard(_key_of(record))
        return {int(split_key(key)[0]) for key in found}

    @_while_kafka_is_away
    async def still_holds(self, known: Cursor | SyncCheckpoint) -> bool:
        """Tell whether the topic still has the records published then, or was created again."""
        ends = {Partition(self.name, int(number)): end for number, end in known.end_offsets.items()}
        if not ends:
            return True
        async with self._broker.log_reader(dict.fromkeys(ends)) as reader:
            bounds = await reader.bounds()
        for partition, end in ends.items():
            last = known.last_records.get(str(partition.partition))
            if not await self._has_end(partition, bounds[partition], end, last):
                return False
        return True

    async def _has_end(
        self, partition: Partition, bounds: Bounds, end: int, last: LastRecord | None
    ) -> bool:
        if last is None:
            # Written by an older version, which stored only the offset.
            return bounds.end >= end
        known = LogEnd(end, last.mark, moment(last.ce_time))
        return await is_same_log(self._broker, partition, known, bounds, _identity_of)

    async def _records_of(self, hemis_id: int) -> AsyncIterator[Record]:
        number = partition_of(str(hemis_id), self._partition_count)
        async for record in self._read([Partition(self.name, number)]):
            if split_key(_key_of(record))[0] == str(hemis_id):
                yield record

    async def _read(self, partitions: Iterable[Partition]) -> AsyncIterator[Record]:
        async with self._broker.log_reader(dict.fromkeys(partitions)) as reader:
            async for records in read_to_end(reader):
                for record in records:
                    yield record

    def _number_in(self, item: bytes) -> str:
        return str(fields_of(item, [self._number_field]).get(self._number_field) or "")


def _key_of(record: Record) -> str:
    return (record.key or b"").decode(errors="replace")


def _identity_of(record: Record) -> tuple[str, datetime]:
    last = last_record(record.key or b"", record.headers)
    return last.mark, moment(last.ce_time)
