"""What a loader test does and looks at: publish as the fetcher would, wait, compare."""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry

from libs.common.contracts.codec import encode
from libs.common.contracts.commands import COMMAND_LIFETIME_MS, Command
from libs.common.contracts.enums import Kind, Mode, Outcome, Trigger
from libs.common.contracts.events import EVENTS, Event, SyncFetched, SyncFinished, SyncStarted
from libs.common.contracts.records import RecordOrigin, record_headers, record_key
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.group_consumer import CONSUMER_OPTIONS
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Message, Partition, Producer, Record
from libs.common.postgres.pool import POSTGRES
from libs.common.process.failpoints import NEVER
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.loader.app import Loader
from services.loader.metrics import Metrics
from services.loader.settings import LoaderSettings
from tests.integration.loader.table_rows import Tables
from tests.progress_events import event_of

Item = dict[str, Any]
T = TypeVar("T")


class LoaderSystem(Tables):
    """One university's topics and tables."""

    def __init__(self, settings: LoaderSettings, broker: KafkaBroker, producer: Producer) -> None:
        super().__init__(settings)
        self.topics = Topics(settings.kafka_topic_prefix, settings.kafka_partitions)
        self.broker = broker
        self.producer = producer
        self.registry = CollectorRegistry()
        """Of the loader that was started last."""
        self._ce_time = int(time.time() * 1000)

    @asynccontextmanager
    async def loader(
        self,
        *,
        ready: bool = True,
        consumer_options: Mapping[str, Any] = CONSUMER_OPTIONS,
        **changed: object,
    ) -> AsyncIterator[Readiness]:
        """Run a loader until the context ends, and let it stop gracefully."""
        stop = Stop()
        readiness = Readiness((KAFKA, POSTGRES), stop)
        self.registry = CollectorRegistry()
        settings = self.settings.model_copy(update=changed)
        metrics = Metrics(self.registry)
        loader = Loader(settings, readiness, metrics, NEVER, consumer_options)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(loader.run(stop))
            try:
                await until(lambda: _answer(not ready or readiness.ready()))
                yield readiness
            finally:
                stop.set()
        running.result()

    def another_university(self, name: str, **settings: object) -> "LoaderSystem":
        """Return another university in the same database and on the same Kafka."""
        ours = {
            "kafka_topic_prefix": f"{self.settings.kafka_topic_prefix}-{name}",
            "database_schema": f"hemis_{name.replace('-', '_')}",
        }
        return LoaderSystem(
            self.settings.model_copy(update=ours | settings), self.broker, self.producer
        )

    async def make_topics(self) -> None:
        await self.broker.ensure_topics(self.topics.all(), 1)

    def now(self) -> int:
        self._ce_time = max(int(time.time() * 1000), self._ce_time + 1)
        return self._ce_time

    async def start(
        self, sync_id: str, resource: Resource = Resource.STUDENTS, *, attempt: int = 1
    ) -> None:
        await self.make_topics()
        await self.publish_event(
            SyncStarted(
                sync_id=sync_id,
                resource=resource,
                at=self.now(),
                attempt=attempt,
                kind=Kind.FULL,
                mode=Mode.FULL,
                trigger=Trigger.MANUAL,
                page_size=50,
            )
        )

    async def page(
        self,
        sync_id: str,
        items: Iterable[Item | None],
        resource: Resource = Resource.STUDENTS,
        *,
        ce_time: int | None = None,
        keys: Iterable[str] = (),
    ) -> dict[str, int]:
        """Publish items as one page; return the offset after the last one of each partition."""
        at = ce_time or self.now()
        given = list(keys)
        messages = []
        for place, item in enumerate(items):
            origin = RecordOrigin(
                resource=resource, sync_id=sync_id, page=1, place=place, source="x", ce_time=at
            )
            value = None if item is None else json.dumps(item, ensure_ascii=False).encode()
            key = given[place] if given else record_key(resource, (item or {})["id"], item or {})
            messages.append(
                Message(
                    self.topics.records(resource),
                    key,
                    value,
                    record_headers(origin, key, value or b""),
                    key.partition(":")[0],
                )
            )
        ends: dict[str, int] = {}
        for number, offset in await self.producer.publish(messages):
            ends[str(number)] = max(ends.get(str(number), 0), offset + 1)
        return ends

    async def page_of_bytes(self, sync_id: str, key: str, value: bytes) -> dict[str, int]:
        """Publish one student's bytes as they are."""
        resource = Resource.STUDENTS
        origin = RecordOrigin(
            resource=resource, sync_id=sync_id, page=2, place=0, source="x", ce_time=self.now()
        )
        headers = record_headers(origin, key, value)
        message = Message(self.topics.records(resource), key, value, headers)
        (place,) = await self.producer.publish([message])
        return {str(place.partition): place.offset + 1}

    async def fetched(
        self,
        sync_id: str,
        ends: dict[str, int],
        total: int,
        resource: Resource = Resource.STUDENTS,
        outcome: Outcome = Outcome.COMPLETED,
    ) -> None:
        await self.publish_event(
            SyncFetched(
                sync_id=sync_id,
                resource=resource,
                at=self.now(),
                attempt=1,
                outcome=outcome,
                source_total=total,
                fetched=total,
                distinct=total,
                end_offsets=ends,
            )
        )

    async def sync(
        self, sync_id: str, items: list[Item], resource: Resource = Resource.STUDENTS
    ) -> None:
        """Publish a whole sync."""
        await self.start(sync_id, resource)
        ends = await self.page(sync_id, items, resource)
        await self.fetched(sync_id, ends, len(items), resource)

    async def command(self, kind: type[Command], sync_id: str, **fields: Any) -> None:
        """Publish a command of a gateway's; ``expires_at`` is an hour away."""
        now = int(time.time() * 1000)
        stamps: dict[str, Any] = {
            "command_id": str(uuid.uuid4()),
            "resource": Resource.STUDENTS,
            "sync_id": sync_id,
            "issued_at": now,
            "expires_at": now + COMMAND_LIFETIME_MS,
        }
        command = kind(**stamps | fields)
        message = Message(self.topics.commands, command.resource, encode(command))
        await self.producer.publish([message])

    async def publish_event(self, event: Event) -> None:
        await self.producer.publish([Message(self.topics.progress, event.sync_id, encode(event))])

    async def read(self, topic: str) -> list[Record]:
        found: list[Record] = []
        async with self.broker.log_reader({Partition(topic, 0): None}) as reader:
            async for records in read_to_end(reader):
                found += records
        return found

    async def events(self, sync_id: str) -> list[Event]:
        decoded = [EVENTS.decode(r.value or b"") for r in await self.read(self.topics.progress)]
        return [event for event in decoded if event is not None and event.sync_id == sync_id]

    async def report(self, sync_id: str, seconds: float = 60) -> SyncFinished:
        """Wait for the loader's report."""
        return await event_of(self.broker, self.topics.progress, SyncFinished, sync_id, seconds)

    def counted(self, metric: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"hemis_loader_{metric}", labels) or 0


async def _answer(value: T) -> T:
    return value


async def until(found: Callable[[], Awaitable[T]], seconds: float = 60) -> T:
    """Ask again until there is an answer."""
    async with asyncio.timeout(seconds):
        while not (answer := await found()):  # noqa: ASYNC110 — it is the database that changes
            await asyncio.sleep(0.1)
    return answer


def student(number: int, **changed: object) -> Item:
    return {
        "id": number,
        "full_name": f"SINOVOV {number}",
        "gender": {"code": "11", "name": "Erkak"},
        "birth_date": 1104519600,
    } | changed


def position(person: int, meta_id: int, **changed: object) -> Item:
    return {
        "id": person,
        "meta_id": meta_id,
        "full_name": "NAMUNAYEV SINOV",
        "employeeStatus": {"code": "11", "name": "Ishlamoqda"},
        "employmentForm": {"code": "12", "name": "O‘rindosh"},
        "active": True,
        "tutorGroups": [],
    } | changed
