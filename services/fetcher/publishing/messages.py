"""Turns HEMIS's items into messages, and into dead letters where there is no usable key. Pure."""

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import msgspec

from libs.common.contracts.checkpoints import record_number
from libs.common.contracts.dead_letters import DeadLetter, RejectCode
from libs.common.contracts.records import (
    ERASED,
    KEY_FIELDS,
    RecordOrigin,
    content_hash,
    record_headers,
    record_key,
    split_key,
    usable_id,
)
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Message
from services.fetcher.syncs.duplicate_keys import DuplicateKeys

UPDATED_AT = ("updated_at", "update_at")

_MOST_DEAD_LETTER_BYTES = 900_000
# The fields of the key, and both names of the update time; no other field is parsed.
_FIELDS = (*KEY_FIELDS, *UPDATED_AT)
# An update time later than this after the request is not credible.
_FUTURE_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class PageMessages:
    """The messages and dead letters of one page's items."""

    messages: tuple[Message, ...]
    dead_letters: tuple[DeadLetter, ...]
    suppressed: tuple[str, ...] = ()
    """Keys of erased people, whose items are not published."""
    newest_update: int = 0
    """The greatest ``updated_at``, unix seconds; 0 if no item has one."""

    @property
    def marks(self) -> tuple[int, ...]:
        """The numbers by which these records are recognised when they come again."""
        keys = (message.key for message in self.messages)
        letters = (letter.dead_letter_id for letter in self.dead_letters)
        return tuple(map(record_number, chain(keys, letters, self.suppressed)))


def page_messages(
    items: Iterable[bytes],
    origin: RecordOrigin,
    topics: Topics,
    suppressed: Container[int] = frozenset(),
    duplicates: DuplicateKeys | None = None,
) -> PageMessages:
    """Turn items into messages; ``origin.place`` is that of the first item."""
    sorter = _ItemSorter(topics, suppressed, duplicates or DuplicateKeys())
    for place, item in enumerate(items, start=origin.place):
        sorter.add(item, msgspec.structs.replace(origin, place=place))
    return sorter.page_messages()


class _ItemSorter:
    """Sorts the items of one answer: publish, reject, or leave out."""

    def __init__(
        self, topics: Topics, suppressed: Container[int], duplicates: DuplicateKeys
    ) -> None:
        self._topics = topics
        self._suppressed = suppressed
        self._duplicates = duplicates
        self._messages: list[Message] = []
        self._dead_letters: list[DeadLetter] = []
        self._left_out: list[str] = []
        self._newest_update = 0
        self._values: dict[str, bytes] = {}

    def page_messages(self) -> PageMessages:
        return PageMessages(
            messages=tuple(self._messages),
            dead_letters=tuple(self._dead_letters),
            suppressed=tuple(self._left_out),
            newest_update=self._newest_update,
        )

    def add(self, item: bytes, origin: RecordOrigin) -> None:
        fields = fields_of(item, _FIELDS)
        self._newest_update = max(self._newest_update, _updated_at(fields, origin))
        hemis_id = usable_id(fields.get("id"))
        if hemis_id is None:
            self._dead_letters.append(_without_id(item, origin, self._topics))
            return
        key = record_key(origin.resource, hemis_id, fields)
        if hemis_id in self._suppressed:
            self._left_out.append(key)
        elif self._is_duplicate(key, item, origin):
            self._dead_letters.append(_duplicate(key, item, origin, self._topics))
        else:
            self._values[key] = item
            self._messages.append(_message(item, origin, self._topics, key))

    def _is_duplicate(self, key: str, item: bytes, origin: RecordOrigin) -> bool:
        if self._values.get(key, item) != item:
            return True
        dead_letter_id = _dead_letter_id(origin, self._topics, item)
        return self._duplicates.is_duplicate(key, content_hash(item), dead_letter_id)


def _message(item: bytes, origin: RecordOrigin, topics: Topics, key: str) -> Message:
    return Message(
        topic=topics.records(origin.resource),
        key=key,
        value=item,
        headers=record_headers(origin, key, item),
        route=split_key(key)[0],
    )


def tombstone(key: str, origin: RecordOrigin, topics: Topics) -> Message:
    """Say that a key is gone at the source; other positions of the person stay."""
    return Message(
        topic=topics.records(origin.resource),
        key=key,
        value=None,
        headers=record_headers(origin, key, b""),
        route=split_key(key)[0],
    )


def erasure(key: str, origin: RecordOrigin, topics: Topics) -> Message:
    """Say that a key is gone because its person was erased; the loader then keeps nothing."""
    gone = tombstone(key, origin, topics)
    return replace(gone, headers=(*gone.headers, ERASED))


def _updated_at(fields: Mapping[str, Any], origin: RecordOrigin) -> int:
    updated_at = max(usable_id(fields.get(name)) or 0 for name in UPDATED_AT)
    return updated_at if updated_at * 1000 <= origin.ce_time + _FUTURE_MS else 0


def key_of(resource: Resource, item: bytes) -> str | None:
    """Return an item's key; None if it has no usable id."""
    fields = fields_of(item, KEY_FIELDS)
    hemis_id = usable_id(fields.get("id"))
    return None if hemis_id is None else record_key(resource, hemis_id, fields)


def fields_of(item: bytes, names: Iterable[str]) -> dict[str, Any]:
    """Read some fields of an item; empty if it is no object."""
    try:
        raw = msgspec.json.decode(item, type=dict[str, msgspec.Raw])
        return {name: msgspec.json.decode(raw[name]) for name in names if name in raw}
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _fields_of_invalid_json(item)


def _fields_of_invalid_json(item: bytes) -> dict[str, Any]:
    # Python's own parser also accepts some invalid JSON, such as half a surrogate pair. Such a
    # record has an id, so the loader decides about it.
    try:
        found = json.loads(item.decode(errors="replace"), strict=False)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _without_id(item: bytes, origin: RecordOrigin, topics: Topics) -> DeadLetter:
    reason = f"page {origin.page}, record {origin.place}: no id, or none from 1 to 2^63-1"
    letter = _dead_letter(origin, topics, item, code=RejectCode.NO_USABLE_ID, reason=reason)
    return letter if len(item) <= _MOST_DEAD_LETTER_BYTES else stub_of(letter, None)


def _duplicate(key: str, item: bytes, origin: RecordOrigin, topics: Topics) -> DeadLetter:
    """Dead-letter the second of two records with one key: one row cannot hold both."""
    reason = f"page {origin.page}, record {origin.place}: another record has the same key {key}"
    letter = _dead_letter(origin, topics, item, code=RejectCode.DUPLICATE_KEY, reason=reason)
    letter = letter if len(item) <= _MOST_DEAD_LETTER_BYTES else stub_of(letter, key)
    return msgspec.structs.replace(letter, record_key=key)


def too_large(message: Message, origin: RecordOrigin, topics: Topics) -> DeadLetter:
    """Make a dead letter that holds a stub, for a record that is too large for Kafka."""
    value = message.value or b""
    reason = f"record {message.key} has {len(value)} bytes, more than Kafka takes"
    letter = _dead_letter(origin, topics, value, code=RejectCode.TOO_LARGE, reason=reason)
    return msgspec.structs.replace(stub_of(letter, message.route), record_key=message.key)


def stub_of(letter: DeadLetter, hemis_id: str | None) -> DeadLetter:
    """Replace the value by its id and size."""
    stub = msgspec.json.encode({"id": hemis_id, "size": len(letter.value)})
    return msgspec.structs.replace(letter, value=stub)


def _dead_letter(
    origin: RecordOrigin, topics: Topics, value: bytes, *, code: str, reason: str
) -> DeadLetter:
    return DeadLetter(
        dead_letter_id=_dead_letter_id(origin, topics, value),
        resource=origin.resource,
        code=code,
        reason=reason,
        sync_id=origin.sync_id,
        record_key=None,
        buried_at=origin.ce_time,
        value=value,
    )


def _dead_letter_id(origin: RecordOrigin, topics: Topics, value: bytes) -> str:
    return f"{topics.records(origin.resource)}-{origin.sync_id}-{content_hash(value)}"
