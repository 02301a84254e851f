"""The AsyncAPI 3 document of all topics that other systems can see."""

from functools import lru_cache
from typing import Any

from libs.common.contracts.published.channels import Channel, MessageKind, channels_of
from libs.common.contracts.published.schemas import Schema, item_schemas, own_schemas
from libs.common.contracts.topics import Topics

CONTRACT_VERSION = "1.1.0"
"""Version of the contract, not of the program: see docs/contract/README.md."""

_ABOUT = """What hemis-sync writes to Kafka: a university's students, employees and departments as
HEMIS has them, and the events of syncs. Records are CloudEvents 1.0 in Kafka's binary mode: the
value is HEMIS's own item, and hemis-sync adds headers (`ce_…`). Each university has its own Kafka
and logins, so no servers are named here.

Channels with `x-audience: readers` are for other systems and keep the promises of
docs/contract/README.md. The `internal` ones are described because readers can see them. The topic
`checkpoints` is the fetcher's stored state and is not described."""


def asyncapi_document(topics: Topics) -> dict[str, Any]:
    """Describe the topics of one university."""
    channels = channels_of(topics)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "hemis-sync", "version": CONTRACT_VERSION, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {channel.name: _channel(channel) for channel in channels},
        # hemis-sync sends; a reader receives.
        "operations": {
            f"send{channel.name[:1].upper()}{channel.name[1:]}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{channel.name}"},
            }
            for channel in channels
        },
        "components": {
            "schemas": dict(contract_schemas()),
            "messages": {kind.name: _message(kind) for one in channels for kind in one.messages},
        },
    }


@lru_cache(maxsize=1)
def contract_schemas() -> dict[str, Schema]:
    """Return every schema under its name; they refer to each other within the document."""
    return {**item_schemas(), **own_schemas()}


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "address": channel.topic.name,
        "description": channel.description,
        "messages": {
            kind.name: {"$ref": f"#/components/messages/{kind.name}"} for kind in channel.messages
        },
        "bindings": channel.bindings,
        "x-audience": channel.audience,
        "x-partition-by": channel.partition_by,
    }


def _message(kind: MessageKind) -> dict[str, Any]:
    headers = {"headers": kind.headers} if kind.headers is not None else {}
    return {
        "name": kind.name,
        "title": kind.name,
        "contentType": "application/json",
        **headers,
        "payload": kind.value,
        "bindings": {"kafka": {"key": kind.key, "bindingVersion": "0.5.0"}},
    }
