"""Server-sent events over real HTTP."""

import asyncio
import json

import aiohttp
import pytest

from libs.common.kafka.in_memory import InMemoryBroker
from tests.integration.gateway.running_gateway import running_gateway, workers
from tests.unit.gateway.sample_messages import SYNC, loaded, started

pytestmark = pytest.mark.integration

STREAM = "/api/hemis/progress/students/stream"


async def next_event(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Read one event's fields; comments are passed over."""
    event: dict[str, str] = {}
    async with asyncio.timeout(20):
        while line := (await response.content.readline()).decode():
            name, _, text = line.rstrip("\n").partition(": ")
            if name and text:
                event[name] = text
            if line == "\n" and "data" in event:
                return event
    raise AssertionError("the stream has ended")


async def test_a_reader_that_comes_back_to_another_gateway_gets_the_newest_state() -> None:
    broker = InMemoryBroker()
    async with (
        running_gateway(broker) as one,
        running_gateway(broker) as other,
        workers(one, lambda _: []),
        one.http.get(one.url + STREAM) as stream,
    ):
        idle = await next_event(stream)
        one.publish(started(), loaded(1))
        await one.until("/api/hemis/progress/students", lambda body: body["processedRecords"] == 50)
        await other.until("/api/hemis/progress/students", lambda body: body["syncId"] == SYNC)
        event = await next_event(stream)
        while json.loads(event["data"])["processedRecords"] < 50:
            event = await next_event(stream)
        again = {"Last-Event-ID": event["id"]}
        async with other.http.get(other.url + STREAM, headers=again) as returned:
            newest = await next_event(returned)
        _, asked = await other.get("/api/hemis/progress/students")

    assert stream.headers["Content-Type"].startswith("text/event-stream")
    assert json.loads(idle["data"])["status"] == "idle"
    assert event["event"] == "progress"
    assert json.loads(newest["data"]) == asked
    assert newest["id"] == event["id"]


async def test_open_streams_do_not_keep_the_gateway_from_stopping() -> None:
    async with running_gateway() as gateway:
        response = await gateway.http.get(gateway.url + STREAM)
        await next_event(response)
        gateway.stop.set()
        async with asyncio.timeout(10):
            rest = await response.content.read()

    assert rest in {b"", b": still here\n\n"}
