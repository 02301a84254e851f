"""Starts processes and publishes records for a measurement, each in its own prefix and schema."""

import asyncio
import os
import secrets
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import asyncpg

from libs.common.contracts.codec import encode
from libs.common.contracts.enums import Kind, Mode, Trigger
from libs.common.contracts.events import SyncStarted
from libs.common.contracts.records import RecordOrigin, record_headers
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.ports import Message
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from libs.localstack.command_prefix import end_with_parent
from libs.localstack.ports import free_port

_PAGE = 1000
_RECORDS_PER_SYNC = 100_000


@dataclass(frozen=True)
class Testbed:
    """The servers, the prefix and the log folder of one measurement."""

    bootstrap_servers: str
    database_url: str
    folder: Path
    prefix: str = "hemis"

    @property
    def topics(self) -> Topics:
        return Topics(self.prefix)

    @property
    def schema(self) -> str:
        return self.prefix

    def fresh(self) -> "Testbed":
        return replace(self, prefix=f"b{secrets.token_hex(4)}")

    @asynccontextmanager
    async def running(self, module: str, *words: str, **settings: str) -> AsyncIterator[int]:
        """Run a module; yield its pid. Its log stays in the folder."""
        process = await self.start(module, *words, **settings)
        try:
            yield process.pid
        finally:
            process.terminate()
            await process.wait()

    async def start(self, module: str, *words: str, **settings: str) -> asyncio.subprocess.Process:
        """Start a module; the caller must end it."""
        environment = os.environ | {  # noqa: TID251 — passed on, not read
            "KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "KAFKA_TOPIC_PREFIX": self.prefix,
            "DATABASE_URL": self.database_url,
            "DATABASE_SCHEMA": self.prefix,
            "HEALTH_HOST": "127.0.0.1",
            "HEMIS_SYNC_CRON": "",
            **settings,
        }
        with self.log_of(module).open("wb") as log:
            return await asyncio.create_subprocess_exec(
                *(*end_with_parent(signal.SIGTERM), sys.executable, "-m", module, *words),
                env=environment,
                stdout=log,
                stderr=log,
            )

    def log_of(self, module: str) -> Path:
        """Return the path of the module's log."""
        return self.folder / f"{self.prefix}-{module}.log"

    @asynccontextmanager
    async def ready(self, module: str, variable: str, **settings: str) -> AsyncIterator[int]:
        """Run a service and wait until it is ready."""
        port = free_port()
        async with self.running(module, **{variable: str(port)}, **settings) as pid:
            await until_answers(f"http://127.0.0.1:{port}/readyz")
            yield pid

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        return await asyncpg.connect(self.database_url)

    async def publish_backlog(self, items: Iterator[bytes], count: int, *, counted: bool) -> None:
        """Publish syncs of students with the fetcher's messages, but without its pauses.

        Counted syncs have begun and never end, so loaders remember each key; others never begin.
        """
        settings = ServiceSettings(
            kafka_bootstrap_servers=self.bootstrap_servers, kafka_topic_prefix=self.prefix
        )
        broker = KafkaBroker(settings, "bench", Readiness((KAFKA,), Stop()))
        await broker.ensure_topics(self.topics.all(), 1)
        async with broker.producer() as producer:
            for first in range(0, count if counted else 0, _RECORDS_PER_SYNC):
                await producer.publish([self._event(_started(_sync_of(first)))])
            for first in range(0, count, _PAGE):
                page = [next(items) for _ in range(min(_PAGE, count - first))]
                await producer.publish(self._records(page, first))

    def _event(self, event: SyncStarted) -> Message:
        return Message(self.topics.progress, event.sync_id, encode(event))

    def _records(self, page: list[bytes], first: int) -> list[Message]:
        origin = RecordOrigin(
            resource=Resource.STUDENTS,
            sync_id=_sync_of(first),
            page=first // _PAGE + 1,
            place=0,
            source="http://127.0.0.1",
            ce_time=now(),
        )
        keys = [value[len(b'{"id":') : value.index(b",")].decode() for value in page]
        topic = self.topics.records(Resource.STUDENTS)
        return [
            Message(topic, key, value, record_headers(origin, key, value))
            for key, value in zip(keys, page, strict=True)
        ]


def _sync_of(number: int) -> str:
    return f"bench-{number // _RECORDS_PER_SYNC}"


def _started(sync_id: str) -> SyncStarted:
    return SyncStarted(
        sync_id=sync_id,
        resource=Resource.STUDENTS,
        at=now(),
        attempt=1,
        kind=Kind.FULL,
        mode=Mode.FULL,
        trigger=Trigger.MANUAL,
        page_size=_PAGE,
    )


def now() -> int:
    return time.time_ns() // 1_000_000


def peak_megabytes(pid: int) -> float:
    """Return the greatest resident memory so far (VmHWM, as Linux counts it)."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1000


async def until_answers(url: str) -> None:
    async with aiohttp.ClientSession() as session:

        async def answers() -> bool:
            try:
                async with session.get(url) as response:
                    return response.status == 200  # noqa: PLR2004 — HTTP's "OK"
            except aiohttp.ClientError:
                return False

        await until(answers)


async def until(is_so: Callable[[], Awaitable[bool]], seconds: float = 300) -> None:
    async with asyncio.timeout(seconds):
        while not await is_so():  # noqa: ASYNC110 — it is another process that changes
            await asyncio.sleep(0.01)
