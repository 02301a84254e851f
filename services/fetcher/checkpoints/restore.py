"""Restores checkpoints from their parts on the topic. Pure."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from libs.common.contracts.checkpoints import (
    Checkpoint,
    KnownSyncs,
    unpack_record_numbers,
)
from libs.common.contracts.codec import MalformedMessage, decode_as
from libs.common.contracts.item_shapes import Shapes
from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Record
from services.fetcher.checkpoints.suppressed_parts import suppressed_in
from services.fetcher.syncs.steps import restarted

logger = logging.getLogger(__name__)

P = TypeVar("P", KnownSyncs, Shapes)


@dataclass(frozen=True, slots=True)
class RestoredCheckpoint:
    """One resource's checkpoint, and the packed record numbers of each page of its sync."""

    checkpoint: Checkpoint
    reads: list[bytes] = field(default_factory=list)


def key_of_known(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.key}/known"


def key_of_shapes(checkpoint: Checkpoint) -> str:
    return f"{checkpoint.key}/shapes"


def key_of_read(checkpoint: Checkpoint, number: int) -> str:
    return f"{checkpoint.key}/read/{number}"


class CheckpointParts:
    """The values on the topic, by key."""

    def __init__(self) -> None:
        self._parts: dict[str, bytes] = {}

    @property
    def keys(self) -> Iterable[str]:
        return self._parts.keys()

    def fold(self, record: Record) -> None:
        key = (record.key or b"").decode(errors="replace")
        if record.value is None:
            self._parts.pop(key, None)
        else:
            self._parts[key] = record.value

    def newest(self, resource: Resource) -> RestoredCheckpoint | None:
        """Restore the checkpoint with the greatest epoch; unreadable ones are left out."""
        states = (self._state(key) for key in self.keys if key.startswith(f"{resource}/"))
        readable = [state for state in states if state is not None]
        if not readable:
            return None
        checkpoint = max(readable, key=lambda state: state.epoch)
        known = self._part(key_of_known(checkpoint), KnownSyncs(checkpoint.known)).syncs
        shapes = self._part(key_of_shapes(checkpoint), checkpoint.shapes)
        return self._with_reads(replace(checkpoint, known=known, shapes=shapes))

    def successor(self, resource: Resource) -> RestoredCheckpoint:
        """Begin the next epoch, above every epoch on the topic, even one without a state.

        Raises:
            SuppressedUnreadable: the list of erased people is unreadable.
        """
        newest = self.newest(resource) or RestoredCheckpoint(Checkpoint(resource=resource, epoch=0))
        epochs = (key.split("/") for key in self.keys if key.startswith(f"{resource}/"))
        begun = (int(parts[1]) for parts in epochs if parts[1].isdecimal())
        checkpoint = replace(
            newest.checkpoint,
            epoch=max(begun, default=0) + 1,
            suppressed=suppressed_in(self._parts, resource),
        )
        return RestoredCheckpoint(checkpoint, newest.reads)

    def _state(self, key: str) -> Checkpoint | None:
        if key.count("/") != 1:
            return None
        try:
            return decode_as(Checkpoint, self._parts[key])
        except MalformedMessage:
            logger.error("HEMIS checkpoint %s is unreadable and left out", key)  # noqa: TRY400 — the decoder's trace says nothing that the key does not
            return None

    def _part(self, key: str, otherwise: P) -> P:
        """Read a part; ``otherwise`` if it does not exist, an empty one if it is unreadable."""
        value = self._parts.get(key)
        if value is None:
            return otherwise
        try:
            return decode_as(type(otherwise), value)
        except MalformedMessage:
            logger.error("HEMIS checkpoint %s is unreadable and forgotten", key)  # noqa: TRY400 — as above
            return type(otherwise)()

    def _with_reads(self, checkpoint: Checkpoint) -> RestoredCheckpoint:
        """Add the reads; if one is lost or unreadable, the sync begins again at page 1."""
        sync = checkpoint.sync
        if sync is None:
            return RestoredCheckpoint(checkpoint)
        keys = (key_of_read(checkpoint, number + 1) for number in range(sync.reads))
        reads = [self._parts[key] for key in keys if key in self._parts]
        if len(reads) == sync.reads and all(map(_is_readable, reads)):
            return RestoredCheckpoint(checkpoint, reads)
        logger.error("HEMIS checkpoint %s lacks pages: they are read again", checkpoint.key)
        return RestoredCheckpoint(replace(checkpoint, sync=restarted(sync)))


def _is_readable(packed: bytes) -> bool:
    try:
        unpack_record_numbers(packed)
    except msgspec.MsgspecError:
        return False
    return True
