"""Starts and closes aiokafka clients within a time limit, whatever state the broker is in."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import ProducerClosed

from libs.common.kafka.connect_errors import connect_errors_explained
from libs.common.kafka.errors import translated

# A consumer whose broker dies while it joins its group would never return (measured). The limit is
# longer than a session: a group waits for the session of a dead member before it admits others.
START_SECONDS = 15.0
_CLOSING_SECONDS = 1.5
_CONNECTIONS_SECONDS = 0.5

C = TypeVar("C", AIOKafkaProducer, AIOKafkaConsumer)


async def start(create: Callable[[], C], connection: Mapping[str, Any]) -> C:
    """Create a client and start it; ``connection`` is from ``connection_options``.

    Raises:
        KafkaUnavailable: the client could not be started; it is closed.
        ConfigurationError: a broker refuses what the settings say.
    """
    client = create()
    try:
        with translated():
            async with asyncio.timeout(START_SECONDS), connect_errors_explained(connection):
                await begin(client)
    except BaseException:
        await close(client)
        raise
    return client


async def begin(client: AIOKafkaProducer | AIOKafkaConsumer | AIOKafkaAdminClient) -> None:
    """Start a client. If the caller is cancelled, the start gets 1.5 s to finish first.

    aiokafka never closes its first connection if it is cancelled while it asks that connection for
    the brokers (measured).
    """
    starting = asyncio.ensure_future(client.start())
    try:
        await asyncio.shield(starting)
    finally:
        try:
            await asyncio.wait([starting], timeout=_CLOSING_SECONDS)
        finally:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)


async def close(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop a client within two seconds, even if the caller is cancelled.

    A producer delivers what it can in this time; the other messages fail with ``ProducerClosed``.
    """
    closing = asyncio.ensure_future(_close(client))
    try:
        await asyncio.shield(closing)
    finally:
        await asyncio.wait([closing])


async def _close(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Stop a client.

    While the broker is away, a consumer raises the CancelledError of its own background task, as if
    the caller were cancelled, and a producer waits for messages that failed (both measured).
    """
    try:
        async with asyncio.timeout(_CLOSING_SECONDS):
            await asyncio.gather(client.stop(), return_exceptions=True)
    except TimeoutError:
        await _close_connections(client)
    if isinstance(client, AIOKafkaProducer):
        client._message_accumulator.fail_all(ProducerClosed())  # noqa: SLF001


async def _close_connections(client: AIOKafkaProducer | AIOKafkaConsumer) -> None:
    """Close the connections of a client that did not stop in time, and the tasks that use them.

    aiokafka has no public call for this, since it considers the client stopped.
    """
    if isinstance(client, AIOKafkaProducer):
        parts = (client._sender, client.client)  # noqa: SLF001
    else:
        parts = (client._fetcher, client._client)  # noqa: SLF001
    with suppress(TimeoutError):
        async with asyncio.timeout(_CONNECTIONS_SECONDS):
            for part in parts:
                if part is not None:
                    await asyncio.gather(part.close(), return_exceptions=True)
