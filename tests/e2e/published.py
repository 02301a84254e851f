"""Everything that stands on a system's topics, held against the published schemas."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Partition, Record
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings

_DOCUMENT = Path(__file__).parents[2] / "docs" / "contract" / "asyncapi.json"


class Judge:
    """Knows what may stand on which topic; its validators are made once."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]
        self._messages = document["components"]["messages"]
        self._told: dict[str, tuple[str, ...]] = {
            channel["address"].partition(".")[2]: tuple(channel["messages"])
            for channel in document["channels"].values()
        }
        self._validators = {
            name: {
                "key": self._validator(message["bindings"]["kafka"]["key"]),
                "headers": self._validator(message.get("headers", {})),
                "value": self._validator(message["payload"]),
            }
            for name, message in self._messages.items()
        }

    def errors(self, record: Record) -> list[str]:
        """Name what is wrong with one message, without its values."""
        place = f"{record.topic}-{record.partition}-{record.offset}"
        name = self._name_of(record)
        if name is None:
            return [f"{place}: of no published kind"]
        headers = {header: text.decode() for header, text in record.headers}
        parts = {
            "key": (record.key or b"").decode(),
            "headers": headers,
            "value": _value(record) if name != "DeadLetter" else None,
        }
        return [
            f"{place}: {name}, {part}, {'/'.join(map(str, error.instance_path))}: {error.kind}"
            for part, said in parts.items()
            for error in self._validators[name][part].iter_errors(said)
        ]

    def _name_of(self, record: Record) -> str | None:
        """Find the one kind it can be: by being a tombstone or not, or by its type."""
        told = self._told[record.topic.partition(".")[2]]
        gone = [name for name in told if self._messages[name]["payload"].get("type") == "null"]
        if record.value is None:
            return gone[0] if gone else None
        if len(told) - len(gone) == 1:
            return next(name for name in told if name not in gone)
        kind: str | None = json.loads(record.value).get("type")
        return kind if kind in told else None

    def _validator(self, schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
        whole = {**schema, "components": {"schemas": self._schemas}}
        return jsonschema_rs.Draft202012Validator(whole)


def _value(record: Record) -> object:
    return None if record.value is None else json.loads(record.value)


@cache
def published() -> Judge:
    return Judge(json.loads(_DOCUMENT.read_text()))


async def assert_topics_hold_what_is_published(environment: Mapping[str, str]) -> None:
    """Read all topics of a prefix from their beginning, the fetcher's own memory aside."""
    kafka = {name.lower(): text for name, text in environment.items() if name.startswith("KAFKA_")}
    settings = ServiceSettings.model_validate(kafka)
    topics = Topics(settings.kafka_topic_prefix)
    names = {topic.name for topic in topics.all()} - {topics.checkpoints}
    broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()))
    # A test may have made none, or some with another count.
    there = await broker.describe_topics(names)
    starts = {
        Partition(name, number): None
        for name, topic in there.items()
        for number in range(topic.partitions)
    }
    if not starts:
        return
    async with broker.log_reader(starts) as reader:
        read = [record async for records in read_to_end(reader) for record in records]
    wrong = [line for record in read for line in published().errors(record)]
    assert not wrong, wrong[:20]
