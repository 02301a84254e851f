"""The fetcher's memory on Kafka: read once at a takeover, written after every step."""

import logging
from collections.abc import Iterable

import msgspec

from libs.common.contracts.checkpoints import Checkpoint, decode_checkpoint
from libs.common.contracts.codec import encode
from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Broker, Message, Partition, Record
from libs.common.kafka.reader import read_to_end
from services.fetcher.outbox import Outbox

logger = logging.getLogger(__name__)


class CheckpointLog:
    """``<prefix>.checkpoints``: one message per resource and epoch, the greatest epoch counts.

    So what a frozen predecessor writes after it wakes overwrites nothing.
    """

    def __init__(self, broker: Broker, outbox: Outbox) -> None:
        self._broker = broker
        self._outbox = outbox
        self._topic = outbox.topics.checkpoints

    async def take_over(self) -> dict[Resource, Checkpoint]:
        """Read what the fetchers before knew, and begin an epoch of our own with it.

        Raises:
            KafkaUnavailable: the topic could not be read to its end.
            TenureLost, Stopped: as ``Outbox.publish``.
        """
        standing = await self._standing()
        mine = {resource: _successor(resource, standing.values()) for resource in Resource}
        for checkpoint in mine.values():
            await self.save(checkpoint)
        await self._outbox.publish([Message(self._topic, key, None) for key in standing])
        return mine

    async def save(self, checkpoint: Checkpoint) -> None:
        """Write one checkpoint and wait until it stands; raises as ``Outbox.publish``."""
        await self._outbox.publish([Message(self._topic, checkpoint.key, encode(checkpoint))])

    async def _standing(self) -> dict[str, Checkpoint]:
        found: dict[str, Checkpoint] = {}
        async with self._broker.log_reader({Partition(self._topic, 0): None}) as reader:
            async for records in read_to_end(reader):
                for record in records:
                    _fold(found, record)
        return found


def _fold(found: dict[str, Checkpoint], record: Record) -> None:
    key = (record.key or b"").decode(errors="replace")
    if record.value is None:
        found.pop(key, None)
        return
    try:
        found[key] = decode_checkpoint(record.value)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        logger.error(  # noqa: TRY400 — the decoder's trace says nothing that the offset does not
            "HEMIS checkpoint is unreadable and left out", extra={"offset": record.offset}
        )


def _successor(resource: Resource, standing: Iterable[Checkpoint]) -> Checkpoint:
    of_resource = [checkpoint for checkpoint in standing if checkpoint.resource == resource]
    if not of_resource:
        return Checkpoint(resource=resource, epoch=1)
    newest = max(of_resource, key=lambda checkpoint: checkpoint.epoch)
    return msgspec.structs.replace(newest, epoch=newest.epoch + 1)
