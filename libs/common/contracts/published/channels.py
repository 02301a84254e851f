"""Which messages each topic carries, with the schemas of their values, keys and headers."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from libs.common.contracts.heartbeats import Beat
from libs.common.contracts.published.headers import (
    Schema,
    dead_letter_headers_schema,
    dead_letter_key_schema,
    gone_headers_schema,
    record_headers_schema,
    record_key_schema,
)
from libs.common.contracts.published.schemas import COMMAND_CLASSES, EVENT_CLASSES
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topic, Topics

_LISTS = ("cleanup.policy",)
_BINDING = "0.5.0"


class MessageKind(NamedTuple):
    """One kind of message: the schemas of its value, key and headers."""

    name: str
    value: Schema
    key: Schema
    headers: Schema | None = None


class Channel(NamedTuple):
    """One topic: its purpose, its audience and its messages."""

    name: str
    topic: Topic
    description: str
    audience: str
    """``readers``: other systems may rely on it; ``internal``: only our services may."""
    partition_by: str
    messages: tuple[MessageKind, ...]

    @property
    def bindings(self) -> Schema:
        topic = {
            name: value.split(",") if name in _LISTS else int(value)
            for name, value in self.topic.config.items()
        }
        kafka = {"partitions": self.topic.partitions, "topicConfiguration": topic}
        return {"kafka": {**kafka, "bindingVersion": _BINDING}}


def channels_of(topics: Topics) -> tuple[Channel, ...]:
    """Return every topic but the checkpoints, which only fetchers read."""
    by_name = {topic.name: topic for topic in topics.all()}
    sync_id: Schema = {"type": "string", "description": "The sync's id."}
    resource: Schema = {"$ref": "#/components/schemas/Resource"}
    instance: Schema = {"type": "string", "description": "The process."}
    return (
        *(_records(resource, by_name[topics.records(resource)]) for resource in Resource),
        Channel(
            *("progress", by_name[topics.progress], _PROGRESS, "readers", "key"),
            _ours(EVENT_CLASSES, sync_id),
        ),
        Channel(
            *("commands", by_name[topics.commands], _COMMANDS, "internal", "key"),
            _ours(COMMAND_CLASSES, resource),
        ),
        Channel(
            *("services", by_name[topics.services], _SERVICES, "internal", "key"),
            (*_ours((Beat,), instance), _gone("InstanceGone", instance)),
        ),
        _dead_letters(by_name[topics.dead_letters]),
    )


def _records(resource: Resource, topic: Topic) -> Channel:
    item = resource.item.__name__
    key, headers = record_key_schema(resource), record_headers_schema(resource)
    gone = _gone(f"{item}Gone", key, gone_headers_schema(resource))
    messages = (MessageKind(item, _ref(item), key, headers), gone)
    return Channel(resource, topic, _RECORDS, "readers", "murmur2 of the hemis_id", messages)


def _dead_letters(topic: Topic) -> Channel:
    key = dead_letter_key_schema()
    # The bytes may not be JSON, so the schema accepts everything.
    value = {"description": _DEAD_LETTER}
    dead_letter = MessageKind("DeadLetter", value, key, dead_letter_headers_schema())
    messages = (dead_letter, _gone("DeadLetterPutAway", key))
    return Channel("deadLetters", topic, _DEAD_LETTERS, "internal", "key", messages)


def _ours(classes: Iterable[type], key: Schema) -> tuple[MessageKind, ...]:
    return tuple(MessageKind(kind.__name__, _ref(kind.__name__), key) for kind in classes)


def _gone(name: str, key: Schema, headers: Schema | None = None) -> MessageKind:
    return MessageKind(name, {"type": "null", "description": "A tombstone."}, key, headers)


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_RECORDS = (
    "The items of HEMIS's list, byte for byte. The last message of a key is the newest. A null "
    "means that the record is gone. Only the fetcher writes to this topic."
)
_PROGRESS = (
    "Events of syncs, with running totals and never deltas. A message may come twice. "
    "No personal data."
)
_COMMANDS = "Requests between the services. Other systems call the gateway's REST API instead."
_SERVICES = "Heartbeats of the processes, every five seconds."
_DEAD_LETTERS = (
    "Records that can never be loaded, with the reason in the headers. A null means that the dead "
    "letter was retried or discarded. Holds personal data."
)
_DEAD_LETTER = "The record's original bytes; if it is too large for Kafka, a stub with id and size."
