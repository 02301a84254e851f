"""Checkpoints on Kafka: read once at a takeover, written after every step."""

from msgspec.structs import replace

from libs.common.contracts.checkpoints import Checkpoint, KnownSyncs
from libs.common.contracts.codec import encode
from libs.common.contracts.resources import Resource
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Broker, Message, Partition
from services.fetcher.checkpoints.restore import (
    CheckpointParts,
    RestoredCheckpoint,
    key_of_known,
    key_of_read,
    key_of_shapes,
)
from services.fetcher.checkpoints.suppressed_parts import parts_of
from services.fetcher.publishing.fenced_producer import FencedProducer


class CheckpointTopic:
    """``<prefix>.checkpoints``: the parts of each resource's checkpoint, by epoch.

    The greatest epoch counts, so a predecessor that wakes from a freeze overwrites nothing.
    """

    def __init__(self, broker: Broker, producer: FencedProducer) -> None:
        self._broker = broker
        self._producer = producer
        self._topic = producer.topics.checkpoints

    async def take_over(self) -> dict[Resource, RestoredCheckpoint]:
        """Read the checkpoints, and begin a new epoch of each.

        Raises:
            KafkaUnavailable: the topic could not be read to its end.
            LeadershipLost, Stopped: as ``FencedProducer.publish``.
        """
        parts = await self._read()
        restored = {resource: parts.successor(resource) for resource in Resource}
        for one in restored.values():
            await self._copy(one)
        await self._producer.publish([Message(self._topic, key, None) for key in parts.keys])
        return restored

    async def save(
        self, checkpoint: Checkpoint, before: Checkpoint | None, numbers: bytes | None = None
    ) -> None:
        """Write the changed parts, and wait for Kafka; raises as ``FencedProducer.publish``.

        ``numbers`` are the packed record numbers of the newest page. The state comes last, as it
        refers to the other parts.
        """
        current = replace(checkpoint, said=self._producer.last_event or checkpoint.said)
        parts = messages_of(current, before, numbers)
        await self._producer.publish([Message(self._topic, key, part) for key, part in parts])

    async def _copy(self, restored: RestoredCheckpoint) -> None:
        checkpoint = restored.checkpoint
        reads = enumerate(restored.reads, start=1)
        await self._producer.publish(
            [Message(self._topic, key_of_read(checkpoint, n), numbers) for n, numbers in reads]
        )
        await self.save(checkpoint, before=None)

    async def _read(self) -> CheckpointParts:
        parts = CheckpointParts()
        async with self._broker.log_reader({Partition(self._topic, 0): None}) as reader:
            async for records in read_to_end(reader):
                for record in records:
                    parts.fold(record)
        return parts


def messages_of(
    checkpoint: Checkpoint, before: Checkpoint | None, numbers: bytes | None
) -> list[tuple[str, bytes]]:
    """Return keys and values of the parts that changed, in writing order."""
    parts: list[tuple[str, bytes]] = []
    if numbers is not None and checkpoint.sync is not None:
        parts.append((key_of_read(checkpoint, checkpoint.sync.reads), numbers))
    if before is None or checkpoint.known is not before.known:
        parts.append((key_of_known(checkpoint), encode(KnownSyncs(checkpoint.known))))
    if before is None or checkpoint.suppressed is not before.suppressed:
        people = parts_of(checkpoint.suppressed, before.suppressed if before else None)
        parts.extend((f"{checkpoint.key}/{name}", part) for name, part in people)
    if before is None or checkpoint.shapes is not before.shapes:
        parts.append((key_of_shapes(checkpoint), encode(checkpoint.shapes)))
    return [*parts, (checkpoint.key, encode(checkpoint.without_parts()))]
