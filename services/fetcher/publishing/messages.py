"""Turns HEMIS's items into messages, and into dead letters where there is no usable key. Pure."""

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import msgspec

from libs.common.contracts.checkpoints import record_number
from libs.common.contracts.dead_letters import DeadLetter, RejectCode
from libs.common.contracts.records import (
    KEY_FIELDS,
    Headers,
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


@dataclass(slots=True)
class PageMessages:
    """The messages and dead letters of one page's items."""

    messages: list[Message] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)
    suppressed: list[str] = field(default_factory=list)
    """Keys of erased people, whose items are not published."""
    newest_update: int = 0
    """The greatest ``updated_at``, unix seconds; 0 if no item has one."""

    @property
    def record_numbers(self) -> tuple[int, ...]:
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
    page, duplicates = PageMessages(), duplicates or DuplicateKeys()
    item_of_key: dict[str, bytes] = {}
    for place, item in enumerate(items, start=origin.place):
        own = msgspec.structs.replace(origin, place=place)
        fields = fields_of(item, _FIELDS)
        page.newest_update = max(page.newest_update, _updated_at(fields, origin))
        hemis_id = usable_id(fields.get("id"))
        if hemis_id is None:
            page.dead_letters.append(_without_id(item, own, topics))
            continue
        key = record_key(origin.resource, hemis_id, fields)
        if hemis_id in suppressed:
            page.suppressed.append(key)
        elif item_of_key.get(key, item) != item or duplicates.is_duplicate(
            key, content_hash(item), _dead_letter_id(own, topics, item)
        ):
            page.dead_letters.append(_duplicate(key, item, own, topics))
        else:
            item_of_key[key] = item
            page.messages.append(record_message(key, item, own, topics))
    return page


def record_message(
    key: str, value: bytes | None, origin: RecordOrigin, topics: Topics, headers: Headers = ()
) -> Message:
    """Return the message of a record; without a value it is a tombstone of this key."""
    return Message(
        topic=topics.records(origin.resource),
        key=key,
        value=value,
        headers=(*record_headers(origin, key, value or b""), *headers),
        route=split_key(key)[0],
    )


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
