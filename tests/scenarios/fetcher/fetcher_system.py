"""A fetcher with a broker in memory and a scripted HEMIS, and ways to inspect it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry

from libs.common.contracts.checkpoints import Checkpoint
from libs.common.contracts.codec import encode
from libs.common.contracts.commands import (
    COMMAND_LIFETIME_MS,
    CancelSync,
    FetcherCommand,
    FetchRecords,
    ResumeSync,
    StartSync,
    WantedRecord,
)
from libs.common.contracts.events import EVENTS, Event, SyncFetched
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.health.heartbeat import Heartbeat
from libs.common.kafka.in_memory import InMemoryBroker, InMemoryProducer, StoredRecord
from libs.common.kafka.ports import Message, Partition, Producer
from libs.common.process.failpoints import NEVER
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.fetcher.checkpoints.restore import CheckpointParts, RestoredCheckpoint
from services.fetcher.composition import Composition
from services.fetcher.hemis.rate_limit import PageTurn, RateLimit
from services.fetcher.hemis.requester import RequestPolicy
from services.fetcher.hemis.retry import RetryPolicy
from services.fetcher.leadership.member import Fetcher
from services.fetcher.metrics import Metrics
from services.fetcher.syncs.plan import Scopes
from tests.scenarios.fetcher.scripted_hemis import ScriptedHemis
from tests.scenarios.fetcher.virtual_time import VirtualClock

STUDENTS = Resource.STUDENTS
EMPLOYEES = Resource.EMPLOYEES
ADDRESS = "https://student.example.uz"
PAGE_SIZE = 10
GRACE_SECONDS = 20.0

E = TypeVar("E", bound=Event)


@dataclass
class FetcherSystem:
    broker: InMemoryBroker
    topics: Topics = field(default_factory=Topics)
    hemis: ScriptedHemis = field(default_factory=ScriptedHemis)
    clock: VirtualClock = field(default_factory=VirtualClock)
    stop: Stop = field(default_factory=Stop)
    metrics: Metrics = field(default_factory=lambda: Metrics(CollectorRegistry()))
    page_size: int = PAGE_SIZE
    pause_seconds: float = 1.0
    student_status: str = "-1"
    numbers: Any = field(default_factory=count)

    @classmethod
    async def set_up(cls) -> "FetcherSystem":
        system = cls(InMemoryBroker())
        await system.broker.ensure_topics(system.topics.all(), 1)
        return system

    def __post_init__(self) -> None:
        self.readiness = Readiness(("kafka",), self.stop)
        self.producer: Producer = InMemoryProducer(self.broker)

    def start_over(self) -> None:
        """Be another process, after the one before was stopped."""
        self.stop = Stop()
        self.readiness = Readiness(("kafka",), self.stop)

    def composition(self) -> Composition:
        return Composition(
            broker=self.broker,
            producer=self.producer,
            topics=self.topics,
            hemis=self.hemis,
            request_policy=RequestPolicy(
                RateLimit(self.clock, 300.0),
                PageTurn(self.clock, self.pause_seconds),
                RetryPolicy(3, 1.0, 300.0),
            ),
            scopes=Scopes(ADDRESS, self.page_size, self.student_status, "all", ""),
            max_failed_pages_in_a_row=5,
            readiness=self.readiness,
            metrics=self.metrics,
            clock=self.clock,
            fail_point=NEVER,
        )

    @asynccontextmanager
    async def fetcher(self) -> AsyncIterator[asyncio.Task[None]]:
        """Run a fetcher; it is killed at the end, as by kill -9, unless it stopped by itself."""
        heartbeat = Heartbeat("fetcher", self.topics, self.producer, self.readiness)
        async with asyncio.TaskGroup() as tasks:
            begin_term = self.composition().leader_term
            fetcher = Fetcher(self.broker, self.topics, heartbeat, begin_term, GRACE_SECONDS)
            running = tasks.create_task(fetcher.run(self.stop))
            yield running
            running.cancel()

    def send(self, command: FetcherCommand) -> str:
        self.broker.append(Message(self.topics.commands, command.resource, encode(command)))
        return command.sync_id

    def start(self, resource: Resource = STUDENTS, **fields: Any) -> str:
        return self.send(StartSync(**self._common(resource, fields)))

    def resume(self, sync_id: str, attempt: int = 0) -> str:
        fields = {"sync_id": sync_id, "attempt": attempt}
        return self.send(ResumeSync(**self._common(STUDENTS, fields)))

    def cancel(self, sync_id: str, attempt: int = 0) -> str:
        fields = {"sync_id": sync_id, "attempt": attempt}
        return self.send(CancelSync(**self._common(STUDENTS, fields)))

    def fetch(
        self,
        hemis_id: int | None = None,
        id_number: str | None = None,
        resource: Resource = STUDENTS,
        **fields: Any,
    ) -> str:
        wanted = WantedRecord(hemis_id=hemis_id, id_number=id_number)
        return self.send(FetchRecords(**self._common(resource, fields), records=(wanted,)))

    def _common(self, resource: Resource, fields: dict[str, Any]) -> dict[str, Any]:
        number = next(self.numbers)
        now = self.clock.now_ms()
        return {
            "command_id": f"command-{number}",
            "resource": resource,
            "sync_id": f"sync-{number}",
            "issued_at": now,
            "expires_at": now + COMMAND_LIFETIME_MS,
        } | fields

    def events(self, kind: type[E], sync_id: str | None = None) -> list[E]:
        log = self.broker.logs[Partition(self.topics.progress, 0)]
        decoded = [EVENTS.decode(record.value or b"") for record in log]
        return [
            event
            for event in decoded
            if isinstance(event, kind) and sync_id in {None, event.sync_id}
        ]

    def records(self, resource: Resource = STUDENTS) -> list[StoredRecord]:
        partitions = self.broker.partitions([self.topics.records(resource)])
        return [record for partition in partitions for record in self.broker.logs[partition]]

    def published(self, resource: Resource = STUDENTS) -> list[str]:
        return [(record.key or b"").decode() for record in self.records(resource)]

    def dead_letters(self) -> list[StoredRecord]:
        return self.broker.logs[Partition(self.topics.dead_letters, 0)]

    def checkpoint(self, resource: Resource = STUDENTS) -> Checkpoint:
        restored = self.restored(resource)
        assert restored is not None
        return restored.checkpoint

    @property
    def checkpoints_partition(self) -> Partition:
        return Partition(self.topics.checkpoints, 0)

    def restored(self, resource: Resource = STUDENTS) -> RestoredCheckpoint | None:
        return self.parts().newest(resource)

    def parts(self) -> CheckpointParts:
        parts = CheckpointParts()
        for record in self.broker.logs[self.checkpoints_partition]:
            parts.fold(record)
        return parts

    async def until(self, condition: Callable[[], object], seconds: float = 600.0) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await self._moment()

    async def _moment(self) -> None:
        await asyncio.sleep(0.01)

    async def decided(self, sync_id: str) -> SyncFetched:
        await self.until(lambda: self.events(SyncFetched, sync_id))
        return self.events(SyncFetched, sync_id)[-1]
