"""Identifies the last acknowledged record of each partition. Pure."""

from collections.abc import Iterable, Sequence

from libs.common.contracts.checkpoints import LastRecord
from libs.common.contracts.times import milliseconds_of
from libs.common.kafka.ports import Message
from services.fetcher.publishing.fenced_producer import short_hash

_MARK_LENGTH = 12


def last_records(sent: Iterable[tuple[Message, tuple[str, int]]]) -> dict[str, LastRecord]:
    """Return hash and time of the last of these records on each partition."""
    last: dict[str, tuple[int, Message]] = {}
    for message, (partition, offset) in sent:
        if partition not in last or offset > last[partition][0]:
            last[partition] = offset, message
    return {
        partition: last_record(message.key.encode(), message.headers)
        for partition, (_, message) in last.items()
    }


def last_record(key: bytes, headers: Sequence[tuple[str, bytes]]) -> LastRecord:
    named = dict(headers)
    try:
        ce_time = milliseconds_of(named.get("ce_time", b"").decode())
    except ValueError:
        ce_time = 0
    mark = short_hash(b"\0".join((key, *named.values())))
    return LastRecord(mark[:_MARK_LENGTH], ce_time)
