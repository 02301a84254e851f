"""Reads as a member of a consumer group; the caller seeks and commits, nothing is automatic."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from itertools import chain
from typing import Any, cast

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import (
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    TopicAuthorizationFailedError,
)
from typing_extensions import override

from libs.common.kafka.errors import (
    ConsumerBroken,
    KafkaUnavailable,
    answered,
    translated,
    translation,
)
from libs.common.kafka.ports import Bounds, Partition, RebalanceListener, Record

logger = logging.getLogger(__name__)

FETCH_OPTIONS: dict[str, Any] = {
    "enable_auto_commit": False,
    "fetch_max_wait_ms": 100,
    "max_partition_fetch_bytes": 1024 * 1024,
    "fetch_max_bytes": 2 * 1024 * 1024,
    "request_timeout_ms": 10_000,
    "retry_backoff_ms": 100,
}
CONSUMER_OPTIONS: dict[str, Any] = FETCH_OPTIONS | {
    # A position that is gone must never be replaced silently.
    "auto_offset_reset": "none",
    "session_timeout_ms": 6_000,
    "heartbeat_interval_ms": 2_000,
    "max_poll_interval_ms": 300_000,
}

# getmany() without a partition reads all of them. With this one it reads nothing, but still counts
# as a poll, which keeps the member in its group.
_NO_PARTITION = TopicPartition("", -1)


def _topic_partitions(partitions: Iterable[Partition]) -> list[TopicPartition]:
    return [TopicPartition(*partition) for partition in partitions]


@contextmanager
def _own_cancellation() -> Iterator[None]:
    """Pass on the caller's cancellation, and raise ConsumerBroken for one inside aiokafka.

    A member that has not polled for long leaves its group. A rebalance at that moment cancels the
    task that keeps the membership, and every later poll raises its CancelledError (measured). If it
    were passed on, the reading task would end silently.
    """
    try:
        yield
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise ConsumerBroken("the consumer left its group and cannot come back") from error


@asynccontextmanager
async def answered_by(client: AIOKafkaConsumer) -> AsyncIterator[None]:
    """As ``answered``, but names topics without a right to read; aiokafka would only time out."""
    try:
        async with answered():
            yield
    except KafkaUnavailable as error:
        if hidden := client._client.cluster.unauthorized_topics:  # noqa: SLF001
            raise translation(TopicAuthorizationFailedError(frozenset(hidden))) from error
        raise


@contextmanager
def alive(client: AIOKafkaConsumer) -> Iterator[None]:
    """Surround a poll: raise ConsumerBroken if a task of the client has ended.

    Such a client never reads again. aiokafka does not report the end of its fetch task, and after
    the end of its coordination task it raises the same error at each poll.
    """
    try:
        yield
    except KafkaError as error:
        _require_tasks(client, error)
        raise
    _require_tasks(client)


def _require_tasks(client: AIOKafkaConsumer, why: Exception | None = None) -> None:
    coordinating = getattr(client._coordinator, "_coordination_task", None)  # noqa: SLF001
    for task in (client._fetcher._fetch_task, coordinating):  # noqa: SLF001
        if task is not None and task.done():
            raise ConsumerBroken("a task of the consumer ended") from why


class _PausingListener(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """Pauses assigned partitions at once, as aiokafka would fetch from them immediately."""

    def __init__(self, client: AIOKafkaConsumer, listener: RebalanceListener) -> None:
        self._client = client
        self._listener = listener

    @override
    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._client.pause(*assigned)
        self._listener.assigned([Partition(*partition) for partition in assigned])

    @override
    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        if revoked:
            await self._listener.revoked([Partition(*partition) for partition in revoked])


class KafkaGroupConsumer:
    """See ``GroupConsumer``."""

    def __init__(self, client: AIOKafkaConsumer) -> None:
        self._client = client

    @staticmethod
    def subscribe(
        client: AIOKafkaConsumer, topics: Collection[str], listener: RebalanceListener
    ) -> None:
        client.subscribe(list(topics), listener=_PausingListener(client, listener))

    async def poll(
        self, partitions: Collection[Partition], max_records: int, seconds: float
    ) -> list[Record]:
        wanted = self._still_assigned(partitions)
        with translated(), _own_cancellation(), alive(self._client):
            try:
                batches = await self._client.getmany(
                    *(wanted or [_NO_PARTITION]),
                    max_records=max_records,
                    timeout_ms=int(seconds * 1000),
                )
            except NoOffsetForPartitionError:
                # Raised at once while a partition has no position yet, even paused (measured).
                await asyncio.sleep(seconds)
                return []
        return cast("list[Record]", list(chain.from_iterable(batches.values())))

    def pause(self, partitions: Collection[Partition]) -> None:
        self._client.pause(*self._still_assigned(partitions))

    def seek(self, partition: Partition, offset: int) -> None:
        for assigned in self._still_assigned([partition]):
            self._client.seek(assigned, offset)

    def resume(self, partitions: Collection[Partition]) -> None:
        self._client.resume(*self._still_assigned(partitions))

    def _still_assigned(self, partitions: Iterable[Partition]) -> list[TopicPartition]:
        return [one for one in _topic_partitions(partitions) if one in self._client.assignment()]

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        # aiokafka would refuse all offsets if one partition were not assigned.
        own = {one: offsets[Partition(*one)] for one in self._still_assigned(offsets)}
        if not own:
            return
        try:
            async with answered():
                await self._client.commit(own)
        except (KafkaUnavailable, IllegalStateError) as error:
            logger.debug("offsets not committed", extra={"reason": str(error)})

    async def committed(self, partition: Partition) -> int | None:
        async with answered_by(self._client):
            offset: int | None = await self._client.committed(TopicPartition(*partition))
        return offset

    async def bounds(self, partition: Partition) -> Bounds:
        return (await bounds_of(self._client, [partition]))[partition]


async def bounds_of(
    client: AIOKafkaConsumer, partitions: Collection[Partition]
) -> dict[Partition, Bounds]:
    """Ask for first and end offsets; raises KafkaUnavailable."""
    asked = _topic_partitions(partitions)
    async with answered_by(client):
        first = await client.beginning_offsets(asked)
        end = await client.end_offsets(asked)
    return {Partition(*one): Bounds(first[one], end[one]) for one in asked}
