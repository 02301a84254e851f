"""What a service asks of a broker. Two implementations: Kafka, and one in memory for unit tests."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from typing_extensions import override

from libs.common.contracts.records import Headers
from libs.common.contracts.topics import Topic


class Partition(NamedTuple):
    """One partition of one topic."""

    topic: str
    partition: int

    @override
    def __str__(self) -> str:
        return f"{self.topic}-{self.partition}"


@dataclass(frozen=True, slots=True)
class Message:
    """A message to publish; the partition is murmur2 of ``route``, else of the key."""

    topic: str
    key: str
    value: bytes | None
    headers: Headers = ()
    route: str | None = None


class Record(Protocol):
    """A message as it stands in the log."""

    @property
    def topic(self) -> str: ...
    @property
    def partition(self) -> int: ...
    @property
    def offset(self) -> int: ...
    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


@dataclass(frozen=True, slots=True)
class FoundTopic(Topic):
    """A topic as the broker has it, and the state of its replicas."""

    replicas: int = 1
    in_sync: int = 1
    """In-sync replicas of the partition with the fewest."""
    leaderless: int = 0
    """Partitions without a leader, which can be neither read nor written."""


def alter_command(topic: str, setting: str, value: str) -> str:
    """Return the shell command that changes a topic's setting; the operator adds the address."""
    change = f"--topic {topic} --add-config {setting}=[{value}]"
    return f"kafka-configs.sh --bootstrap-server … --alter {change}"


class Position(NamedTuple):
    """Where an acknowledged message is in the log."""

    partition: int
    offset: int


class Bounds(NamedTuple):
    """The first offset in the log, and the offset of the next message."""

    first: int
    end: int


class Producer(Protocol):
    """Publishes with ``acks=all`` and idempotence."""

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        """Send all, in order, and wait until all are acknowledged.

        Raises:
            KafkaUnavailable: not acknowledged; some messages may still arrive.
            KafkaFault: not acknowledged until somebody changes what the error names.
            TopicLimit: one message is over its topic's limit; others may have arrived.
            MessageTooLarge: one message is over the client's limit; others may arrive.
        """


class RebalanceListener(Protocol):
    """Is called when partitions are assigned and revoked; ``assigned`` must not wait for anything.

    Closing a consumer does not call it.
    """

    def assigned(self, partitions: Collection[Partition]) -> None: ...

    async def revoked(self, partitions: Collection[Partition]) -> None: ...


class GroupConsumer(Protocol):
    """Shares the partitions of some topics with the other members of its group.

    Newly assigned partitions are paused, at the committed offset. Without a committed offset they
    have no position until ``seek``.
    """

    async def poll(
        self, partitions: Collection[Partition], max_records: int, seconds: float
    ) -> list[Record]:
        """Read the available records of these partitions; wait up to ``seconds`` for the first.

        A poll of no partition reads nothing, but keeps the member in its group.

        Raises:
            OffsetsGone: a position is no longer in the log.
            KafkaUnavailable: the group or the broker refuses for now.
        """

    def pause(self, partitions: Collection[Partition]) -> None: ...

    def seek(self, partition: Partition, offset: int) -> None: ...

    def resume(self, partitions: Collection[Partition]) -> None: ...

    async def commit(self, offsets: Mapping[Partition, int]) -> None:
        """Commit the next offsets for the group; skip partitions that are no longer assigned."""

    async def committed(self, partition: Partition) -> int | None: ...

    async def bounds(self, partition: Partition) -> Bounds:
        """Ask the broker for the log's bounds; raises KafkaUnavailable."""


class LogReader(Protocol):
    """Reads whole partitions, without a consumer group."""

    async def poll(self, seconds: float) -> list[Record]:
        """Read the available records; wait up to ``seconds`` for the first.

        If a position is no longer in the log, reading continues at the log's beginning.
        """

    async def bounds(self) -> Mapping[Partition, Bounds]:
        """Ask the broker for the logs' bounds; raises KafkaUnavailable."""

    async def position(self, partition: Partition) -> int:
        """Return the offset that is read next."""

    async def ends(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """Ask for the ends of any partitions; raises KafkaUnavailable."""


class Broker(Protocol):
    """Opens producers, consumers and readers; each waits while the broker is away."""

    def producer(self) -> AbstractAsyncContextManager[Producer]: ...

    def group_consumer(
        self, group: str, topics: Collection[str], listener: RebalanceListener
    ) -> AbstractAsyncContextManager[GroupConsumer]: ...

    def log_reader(
        self, starts: Mapping[Partition, int | None]
    ) -> AbstractAsyncContextManager[LogReader]:
        """Open a reader that starts at these offsets; None is the log's beginning."""

    async def ensure_topics(self, topics: Iterable[Topic], replication: int) -> None:
        """Create the missing topics.

        Raises:
            ConfigurationError: a topic exists with another partition count.
        """

    async def describe_topics(self, names: Collection[str]) -> Mapping[str, FoundTopic]:
        """Describe the topics that exist.

        Raises:
            KafkaUnavailable: the broker did not answer.
        """
