"""The AsyncAPI 3 document: all topics other systems may meet, and what is on them."""

from functools import lru_cache
from typing import Any

from libs.common.contracts.published.channels import Channel, Told, channels_of
from libs.common.contracts.published.schemas import Schema, item_schemas, own_schemas
from libs.common.contracts.topics import Topics

CONTRACT_VERSION = "1.1.0"
"""Of the contract, not of the program: see docs/contract/README.md."""

_ABOUT = """What hemis-sync writes to Kafka: a university's students, employees and departments as
HEMIS has them, and what happens to syncs. Records are CloudEvents 1.0 in Kafka's binary mode: the
value is HEMIS's own item, all that is ours travels in headers (`ce_…`). Where Kafka is and how to
log in is the university's own, so no servers are named here.

Channels with `x-audience: readers` are for other systems and keep the promises of
docs/contract/README.md; the `internal` ones are shown because they can be seen. The topic
`checkpoints` is the fetcher's memory and not described."""


def asyncapi_document(topics: Topics) -> dict[str, Any]:
    """Describe the topics of one university."""
    channels = channels_of(topics)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "hemis-sync", "version": CONTRACT_VERSION, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {channel.name: _channel(channel) for channel in channels},
        "operations": {
            f"send{_capital(channel.name)}": _operation(channel) for channel in channels
        },
        "components": {
            "schemas": dict(contract_schemas()),
            "messages": {told.name: _message(told) for one in channels for told in one.told},
        },
    }


@lru_cache(maxsize=1)
def contract_schemas() -> dict[str, Schema]:
    """Return every schema under its name; they refer to each other within the document."""
    return {**item_schemas(), **own_schemas()}


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "address": channel.topic.name,
        "description": channel.words,
        "messages": {
            told.name: {"$ref": f"#/components/messages/{told.name}"} for told in channel.told
        },
        "bindings": channel.bindings,
        "x-audience": channel.audience,
        "x-partition-by": channel.partition_by,
    }


def _operation(channel: Channel) -> dict[str, Any]:
    """Say that we write there; a reader does the opposite."""
    return {"action": "send", "channel": {"$ref": f"#/channels/{channel.name}"}}


def _message(told: Told) -> dict[str, Any]:
    headers = {"headers": told.headers} if told.headers is not None else {}
    return {
        "name": told.name,
        "title": told.name,
        "contentType": "application/json",
        **headers,
        "payload": told.value,
        "bindings": {"kafka": {"key": told.key, "bindingVersion": "0.5.0"}},
    }


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]
