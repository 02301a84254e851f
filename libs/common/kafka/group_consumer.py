"""Reading as a member of a group, over aiokafka. Offsets are the caller's: nothing is automatic."""

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

# getmany() without a partition reads all of them; with this one it reads none, and still counts as
# a poll, which keeps the member in its group.
_NOWHERE = TopicPartition("", -1)


def _places(partitions: Iterable[Partition]) -> list[TopicPartition]:
    return [TopicPartition(*place) for place in partitions]


@contextmanager
def _own_cancellation() -> Iterator[None]:
    """Tell our being cancelled from a task of aiokafka's that was.

    A member that did not poll for long leaves its group; a rebalance in that moment cancels the
    task that keeps the membership, and every later poll raises its CancelledError (measured).
    Taken for ours, it would end the reading task without a word.
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
    """As ``answered``; for topics that we may not read, aiokafka would only time out."""
    try:
        async with answered():
            yield
    except KafkaUnavailable as error:
        if hidden := client._client.cluster.unauthorized_topics:  # noqa: SLF001
            raise translation(TopicAuthorizationFailedError(frozenset(hidden))) from error
        raise


@contextmanager
def alive(client: AIOKafkaConsumer) -> Iterator[None]:
    """Around a poll: raise ConsumerBroken where a task of the client has ended.

    Such a client never reads again. aiokafka does not report that its fetch task ended; after the
    end of its coordination task it raises the same error at each poll.
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
    """aiokafka fetches as soon as partitions are assigned, so they are paused at once."""

    def __init__(self, client: AIOKafkaConsumer, listener: RebalanceListener) -> None:
        self._client = client
        self._listener = listener

    @override
    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._client.pause(*assigned)
        self._listener.assigned([Partition(*place) for place in assigned])

    @override
    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        if revoked:
            await self._listener.revoked([Partition(*place) for place in revoked])


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
                    *(wanted or [_NOWHERE]),
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
        for place in self._still_assigned([partition]):
            self._client.seek(place, offset)

    def resume(self, partitions: Collection[Partition]) -> None:
        self._client.resume(*self._still_assigned(partitions))

    def _still_assigned(self, partitions: Iterable[Partition]) -> list[TopicPartition]:
        return [place for place in _places(partitions) if place in self._client.assignment()]

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        # One partition that is not ours would make aiokafka refuse them all.
        places = {place: offsets[Partition(*place)] for place in self._still_assigned(offsets)}
        if not places:
            return
        try:
            async with answered():
                await self._client.commit(places)
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
    places = _places(partitions)
    async with answered_by(client):
        first = await client.beginning_offsets(places)
        end = await client.end_offsets(places)
    return {Partition(*place): Bounds(first[place], end[place]) for place in places}
