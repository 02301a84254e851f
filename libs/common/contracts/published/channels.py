"""Which topic carries what: the parts that channels of the document are made of."""

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


class Told(NamedTuple):
    """One kind of message: the schemas of its value, key and headers."""

    name: str
    value: Schema
    key: Schema
    headers: Schema | None = None


class Channel(NamedTuple):
    """One topic: what it is for, who may build on it, and what is told there."""

    name: str
    topic: Topic
    words: str
    audience: str
    """``readers``, or ``internal``: ours, and no ground to build on."""
    partition_by: str
    told: tuple[Told, ...]

    @property
    def bindings(self) -> Schema:
        topic = {
            name: value.split(",") if name in _LISTS else int(value)
            for name, value in self.topic.config.items()
        }
        kafka = {"partitions": self.topic.partitions, "topicConfiguration": topic}
        return {"kafka": {**kafka, "bindingVersion": _BINDING}}


def channels_of(topics: Topics) -> tuple[Channel, ...]:
    """Name every topic but the checkpoints, which are the fetcher's memory and no contract."""
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
    told = (Told(item, _ref(item), key, headers), gone)
    return Channel(resource, topic, _RECORDS, "readers", "murmur2 of the hemis_id", told)


def _dead_letters(topic: Topic) -> Channel:
    key = dead_letter_key_schema()
    # Bytes that may be no JSON at all: the empty schema takes everything.
    buried = Told("DeadLetter", {"description": _BURIED}, key, dead_letter_headers_schema())
    told = (buried, _gone("DeadLetterPutAway", key))
    return Channel("deadLetters", topic, _DEAD_LETTERS, "internal", "key", told)


def _ours(classes: Iterable[type], key: Schema) -> tuple[Told, ...]:
    return tuple(Told(kind.__name__, _ref(kind.__name__), key) for kind in classes)


def _gone(name: str, key: Schema, headers: Schema | None = None) -> Told:
    return Told(name, {"type": "null", "description": "A tombstone."}, key, headers)


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


_RECORDS = (
    "The items of HEMIS's list as it sent them, byte for byte; the last message of a key is the "
    "newest truth. A null says that the record is gone. Only our fetcher writes here."
)
_PROGRESS = (
    "What happens to syncs: facts and running totals, never deltas. Messages may come twice. "
    "No personal data."
)
_COMMANDS = "Requests between our services. Other systems ask the gateway's REST API instead."
_SERVICES = "Beats of our processes, every five seconds."
_DEAD_LETTERS = (
    "Records that can never be loaded, with the reason in the headers; a null says that one was "
    "dealt with. Holds personal data."
)
_BURIED = "The record's original bytes; of one too large for Kafka a stub with its id and size."
