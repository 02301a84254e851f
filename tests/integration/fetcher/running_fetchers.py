"""Fetcher processes on a real Kafka, with a simulated HEMIS in the test's own process."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from libs.common.contracts.codec import encode
from libs.common.contracts.commands import COMMAND_LIFETIME_MS, StartSync
from libs.common.contracts.events import EVENTS, Event, SyncFetched
from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import random_sync_id
from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Message, Partition, Producer, Record
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from libs.localstack.ports import free_port
from libs.simulator.hemis import SimulatedHemis
from tests.progress_events import event_of

E = TypeVar("E", bound=Event)

PAUSE_SECONDS = 0.15


# What a fetcher asks when nobody else does, so that `hemis doctor` knows.
DOCTORS_QUESTION = "page=1&limit=1"


@dataclass
class FetcherProgram:
    """One process."""

    process: Process
    log: Path
    health_port: int

    def log_text(self) -> str:
        return self.log.read_text()

    async def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        return await self.process.wait()


@dataclass
class FetcherPrograms:
    broker: KafkaBroker
    producer: Producer
    topics: Topics
    hemis: SimulatedHemis
    environment: dict[str, str]
    folder: Path
    resource: Resource = Resource.STUDENTS
    programs: list[FetcherProgram] = field(default_factory=list)

    async def launch(self, **environment: str) -> FetcherProgram:
        name = f"fetcher-{len(self.programs)}"
        port = free_port()
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "services.fetcher",
                stdout=output, stderr=output,
                env=self.environment | {"FETCHER_HEALTH_PORT": str(port)} | environment,
            )  # fmt: skip
        self.programs.append(FetcherProgram(process, log, port))
        return self.programs[-1]

    async def wait_for_log(self, program: FetcherProgram, words: str) -> None:
        await self.until(lambda: words in program.log_text())

    async def active_and_standby(
        self, one: FetcherProgram, other: FetcherProgram
    ) -> tuple[FetcherProgram, FetcherProgram]:
        """Tell which of two works on a sync, and which stands by: the group decides."""
        await self.until(
            lambda: any("students page" in program.log_text() for program in (one, other))
        )
        return (one, other) if "students page" in one.log_text() else (other, one)

    async def start_sync(self) -> str:
        sync_id, now = random_sync_id(), time.time_ns() // 1_000_000
        command = StartSync(
            command_id=sync_id,
            resource=self.resource,
            sync_id=sync_id,
            issued_at=now,
            expires_at=now + COMMAND_LIFETIME_MS,
        )
        await self.producer.publish([Message(self.topics.commands, "students", encode(command))])
        return sync_id

    async def read(self, topic: str, partitions: int = 1) -> list[Record]:
        places = {Partition(topic, number): None for number in range(partitions)}
        async with self.broker.log_reader(places) as reader:
            return [record async for records in read_to_end(reader) for record in records]

    async def events(self, kind: type[E]) -> list[E]:
        records = await self.read(self.topics.progress)
        decoded = [EVENTS.decode(record.value or b"") for record in records]
        return [event for event in decoded if isinstance(event, kind)]

    async def decided(self, sync_id: str, seconds: float = 80) -> SyncFetched:
        return await event_of(self.broker, self.topics.progress, SyncFetched, sync_id, seconds)

    async def until(self, condition: Callable[[], object], seconds: float = 60) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await self._moment()

    async def _moment(self) -> None:
        await asyncio.sleep(0.02)

    def pages_asked(self) -> Counter[str]:
        """Count the pages of lists, not the questions beside them."""
        queries = (request.query for request in self.hemis.requests.last(10_000))
        pages = (query for query in queries if "updated_at_from" not in query)
        return Counter(query for query in pages if query != DOCTORS_QUESTION)


@asynccontextmanager
async def running_fetchers(
    settings: ServiceSettings, hemis: SimulatedHemis, address: str, folder: Path
) -> AsyncIterator[FetcherPrograms]:
    prefix = settings.kafka_topic_prefix
    broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()))
    topics = Topics(prefix)
    await broker.ensure_topics(topics.all(), 1)
    environment = {
        "PATH": os.defpath,
        "HEMIS_API_URL": address,
        "HEMIS_BEARER_TOKEN": hemis.token,
        "HEMIS_PAGE_PAUSE_SECONDS": str(PAUSE_SECONDS),
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "KAFKA_TOPIC_PREFIX": prefix,
    }
    async with broker.producer() as producer:
        fetchers = FetcherPrograms(broker, producer, topics, hemis, environment, folder)
        try:
            yield fetchers
        finally:
            for program in fetchers.programs:
                await program.end(signal.SIGKILL)
