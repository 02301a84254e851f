"""The loader's batches on a real PostgreSQL, without a Kafka: a test is the log, and the claims."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from libs.common.contracts.enums import Kind, Mode, Trigger
from libs.common.contracts.events import SyncStarted
from libs.common.contracts.records import Headers, RecordOrigin, record_headers
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.ports import Partition
from libs.common.postgres.database import Database
from libs.common.postgres.migrations import migrate_when_available
from libs.common.postgres.pool import POSTGRES, Pool, open_pool
from libs.common.process.failpoints import NEVER
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.loader.errors import RecordRefused, translated
from services.loader.loading.claims import Claim
from services.loader.loading.load_batch import BatchLoader
from services.loader.mapping.table import Table
from services.loader.mapping.tables import tables
from services.loader.metrics import Metrics
from services.loader.migrations import MIGRATIONS
from services.loader.progress.facts import SyncFacts
from services.loader.records.decide import StaleRecordGuard
from services.loader.records.effects import EffectCache
from services.loader.records.incoming import IncomingRecord, mark_refused
from services.loader.records.reader import RecordReader
from services.loader.store import offsets
from services.loader.store.tables import TableStores
from services.loader.tuning import PLANNER

SCHEMA = "hemis"
TOPICS = Topics("t", 4)
TASHKENT = ZoneInfo("Asia/Tashkent")


@dataclass(frozen=True)
class LoggedRecord:
    """A record as it stands in the log."""

    topic: str
    partition: int
    offset: int
    key: bytes
    value: bytes | None
    headers: Headers


class Log:
    """One partition of a resource, written as the fetcher would."""

    def __init__(self, resource: Resource, partition: int = 0) -> None:
        self.resource = resource
        self.place = Partition(TOPICS.records(resource), partition)
        self.records: list[LoggedRecord] = []

    def add(
        self, key: str, value: bytes | None, *, ce_time: int = 1000, sync_id: str = "s1"
    ) -> None:
        """Write one record; ``ce_time`` is when its request was sent, in unix milliseconds."""
        offset = len(self.records)
        origin = RecordOrigin(
            resource=self.resource,
            sync_id=sync_id,
            page=1,
            place=offset,
            source="x",
            ce_time=ce_time,
        )
        headers = record_headers(origin, key, value or b"")
        self.records.append(LoggedRecord(*self.place, offset, key.encode(), value, headers))


class LoaderWithoutKafka:
    """Batches as the loader's pipeline would load them."""

    def __init__(self, pool: Pool, mapped: dict[Resource, Table]) -> None:
        self.pool = pool
        self.database = Database(pool, translated)
        self.claims: dict[Partition, Claim] = {}
        self.registry = CollectorRegistry()
        self._metrics = Metrics(self.registry)
        self._reader = RecordReader(TOPICS, mapped)
        self._stores = TableStores(mapped)
        self._batches = self._restarted()

    def _restarted(self) -> BatchLoader:
        return BatchLoader(self.database, self._stores, EffectCache(), self._metrics, NEVER)

    async def begin(self, *logs: Log) -> None:
        """Forget everything that was loaded, and claim these partitions."""
        self.claims.clear()
        self._batches = self._restarted()
        await self.pool.execute(
            "TRUNCATE students, employee_positions, employees, departments,"
            " syncs, sync_effects, sync_drift, offsets, wishes"
        )
        await self.claim(*(log.place for log in logs))

    async def claim(self, *places: Partition) -> None:
        """Claim these partitions anew, as after a restart."""
        async with self.pool.acquire() as connection:
            for place in places:
                row = await offsets.claim(connection, place)
                guard = StaleRecordGuard(row.newest, row.reread_until)
                self.claims[place] = Claim(row.epoch, row.next_offset, guard)

    async def reread(self, place: Partition, end: int) -> None:
        """Begin a partition again from its first record, as where the topic was made anew."""
        await self.claim(place)
        epoch = self.claims[place].epoch
        async with self.pool.acquire() as connection:
            await offsets.begin_reread(connection, place, epoch, 0, end)
        self.claims[place] = Claim(epoch, 0, StaleRecordGuard(None, end))

    async def load(self, records: Iterable[LoggedRecord]) -> list[IncomingRecord]:
        """Load one batch; return what was read, refusals included."""
        incoming = [self._reader.read(record) for record in records]
        await self._load(incoming)
        return incoming

    async def _load(self, records: Sequence[IncomingRecord]) -> None:
        running = {record.sync_id: _facts(record) for record in records}
        try:
            loaded = await self._batches.load(records, self.claims, running, _ignore_dead_letters)
        except RecordRefused as refused:
            await self._halve(records, refused)
        else:
            self.claims |= loaded.claims

    async def _halve(self, records: Sequence[IncomingRecord], refused: RecordRefused) -> None:
        if len(records) > 1:
            middle = len(records) // 2
            await self._load(records[:middle])
            await self._load(records[middle:])
            return
        assert records[0].refused is None, "refused already"
        mark_refused(records[0], refused, None)
        await self._load(records)

    async def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.pool.fetch(sql, *values)]


async def _ignore_dead_letters(records: Sequence[IncomingRecord]) -> None:
    """Nobody reads the dead letters here."""


def _facts(record: IncomingRecord) -> SyncFacts:
    started = SyncStarted(
        sync_id=record.sync_id,
        resource=record.resource,
        at=1000,
        attempt=1,
        kind=Kind.FULL,
        mode=Mode.FULL,
        trigger=Trigger.MANUAL,
        page_size=50,
    )
    return SyncFacts(started=started, started_at=1000)


@asynccontextmanager
async def open_loader(
    database_url: str, mapped: dict[Resource, Table] | None = None
) -> AsyncIterator[LoaderWithoutKafka]:
    """Migrate a database and open a loader on it."""
    mapped = mapped or tables(TASHKENT)
    waits = Readiness((POSTGRES,), Stop())
    await migrate_when_available(database_url, SCHEMA, MIGRATIONS, waits)
    stores = TableStores(mapped)
    async with open_pool(database_url, SCHEMA, waits, stores.prepare, PLANNER) as pool:
        yield LoaderWithoutKafka(pool, mapped)
