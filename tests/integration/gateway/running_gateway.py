"""A whole gateway on a free port, and workers that answer its commands by script."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from libs.common.contracts.codec import encode
from libs.common.contracts.commands import COMMANDS, Command, FetchRecords, StartSync
from libs.common.contracts.events import Event
from libs.common.contracts.heartbeats import Beat
from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.kafka.ports import Message, Partition
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.gateway.app import Gateway
from services.gateway.live.follower import TOPICS_READ
from services.gateway.server import bound_socket
from services.gateway.settings import GatewaySettings
from tests.unit.gateway.fake_gateway import FixedClock
from tests.unit.gateway.sample_messages import started

TOPICS = Topics()
Script = Callable[[Command], list[Event]]


@dataclass
class RunningGateway:
    """A running gateway, seen from outside."""

    url: str
    http: aiohttp.ClientSession
    broker: InMemoryBroker
    clock: FixedClock
    stop: Stop

    async def get(self, path: str, **options: Any) -> tuple[int, Any]:
        async with self.http.get(self.url + path, **options) as response:
            return response.status, await response.json(content_type=None)

    async def post(self, path: str, **options: Any) -> tuple[int, Any]:
        async with self.http.post(self.url + path, **options) as response:
            return response.status, await response.json(content_type=None)

    async def until(self, path: str, settled: Callable[[Any], bool]) -> Any:
        """Request until the body satisfies the condition."""
        async with asyncio.timeout(30):
            while True:
                _, body = await self.get(path)
                if settled(body):
                    return body
                await asyncio.sleep(0.02)

    async def has_commands(self, count: int) -> None:
        """Wait until ``count`` commands were published."""
        async with asyncio.timeout(30):
            while len(self.commands()) < count:  # noqa: ASYNC110 — the broker has no event for it
                await asyncio.sleep(0.01)

    def publish(self, *events: Event) -> None:
        for event in events:
            self.broker.append(Message(TOPICS.progress, event.sync_id, encode(event)))

    def commands(self) -> list[Command]:
        records = self.broker.logs[Partition(TOPICS.commands, 0)]
        decoded = [COMMANDS.decode(record.value) for record in records if record.value]
        return [command for command in decoded if command is not None]


@asynccontextmanager
async def running_gateway(
    broker: InMemoryBroker | None = None, clock: FixedClock | None = None, **fields: Any
) -> AsyncIterator[RunningGateway]:
    """Run a gateway until the block ends; it must then stop by itself."""
    settings = GatewaySettings(_env_file=None, **({"hemis_sync_cron": ""} | fields))
    stop = Stop()
    readiness = Readiness((KAFKA, TOPICS_READ), stop)
    broker, clock = broker or InMemoryBroker(), clock or FixedClock()
    service = Gateway(settings, readiness, broker, clock)
    with bound_socket("127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        async with (
            aiohttp.ClientSession() as http,
            asyncio.timeout(60),
            asyncio.TaskGroup() as group,
        ):
            group.create_task(service.run(listening, stop))
            gateway = RunningGateway(url, http, broker, clock, stop)
            await gateway.until("/readyz", lambda body: set(body.values()) == {"ok"})
            try:
                yield gateway
            finally:
                stop.set()


@asynccontextmanager
async def workers(gateway: RunningGateway, script: Script) -> AsyncIterator[None]:
    """Answer each command by script, and send heartbeats."""
    for service in ("fetcher", "loader"):
        beat = Beat(
            instance=service, service=service, version="1", state="active",
            at=gateway.clock.now_ms(), checks={},
        )  # fmt: skip
        gateway.broker.append(Message(TOPICS.services, service, encode(beat)))

    async def answer() -> None:
        async with gateway.broker.log_reader({Partition(TOPICS.commands, 0): None}) as reader:
            while True:
                for record in await reader.poll(1):
                    command = COMMANDS.decode(record.value or b"")
                    gateway.publish(*(script(command) if command else ()))

    async with asyncio.TaskGroup() as group:
        task = group.create_task(answer())
        try:
            yield
        finally:
            task.cancel()


def started_only(command: Command) -> list[Event]:
    """Begin every sync, and leave it running."""
    if isinstance(command, StartSync | FetchRecords):
        return [started(sync_id=command.sync_id, resource=command.resource, at=command.issued_at)]
    return []
