"""What the loader is made of: the one place where its parts meet."""

import asyncio
import gc
import logging
from pathlib import Path
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry

from libs.common.clock import SystemClock
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.dependencies import Dependencies
from libs.common.failpoints import NEVER, FailPoint, FailPointSettings, parse
from libs.common.health import health_app, serve_health
from libs.common.heart import Heart
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.ports import Broker, Partition, Producer
from libs.common.lifecycle import Stop
from libs.common.postgres.migrations import migrate_when_available
from libs.common.postgres.pool import POSTGRES, Pool, open_pool
from libs.common.settings import load_settings
from services.loader.announcer import Announcer
from services.loader.claims import Claims
from services.loader.close_syncs import SyncCloser
from services.loader.collect import BatchLimits, Collector
from services.loader.graveyard import Graveyard
from services.loader.load_batch import BatchLoader
from services.loader.load_worker import LoadWorker
from services.loader.metrics import Metrics
from services.loader.outages import Outages
from services.loader.pipeline import Pipeline
from services.loader.record_reader import RecordReader
from services.loader.repeat import Repeater, WishAsker
from services.loader.resources.tables import tables
from services.loader.settings import LoaderSettings
from services.loader.store.tables import TableStores
from services.loader.sync_log import SyncLog
from services.loader.sync_memory import SyncMemory
from services.loader.watchdog import LagSource, Watchdog

logger = logging.getLogger(__name__)

SERVICE = "loader"
MIGRATIONS = tuple(sorted((Path(__file__).parent / "migrations").glob("*.sql")))

# Keys are looked up by index: on a table without statistics the planner would scan it all for
# each batch (measured: 1,092 rows/s).
PLANNER = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}


async def serve(settings: LoaderSettings, stop: Stop) -> None:
    """Load until the stop; waits for Kafka and PostgreSQL as long as it takes."""
    if settings.hemis_removed_policy != "keep":
        logger.warning("HEMIS_REMOVED_POLICY: this version keeps all rows")
    dependencies = Dependencies((KAFKA, POSTGRES), stop)
    registry = CollectorRegistry()
    fail_point = parse(load_settings(FailPointSettings).hemis_fail_point)
    loader = Loader(settings, dependencies, Metrics(registry), fail_point)
    app = health_app(dependencies, registry)
    async with serve_health(app, settings.health_host, settings.loader_health_port):
        await loader.run(stop)


class Loader:
    """All parts, made from the settings by plain constructor calls."""

    def __init__(
        self,
        settings: LoaderSettings,
        dependencies: Dependencies,
        metrics: Metrics,
        fail_point: FailPoint = NEVER,
    ) -> None:
        self._settings = settings
        self._dependencies = dependencies
        self._metrics = metrics
        self._fail_point = fail_point
        self._outages = Outages(dependencies, metrics)
        self._clock = SystemClock()
        self._topics = Topics(settings.kafka_topic_prefix, settings.kafka_partitions)
        self._tables = tables(ZoneInfo(settings.hemis_timezone))
        self._stores = TableStores(self._tables)

    async def run(self, stop: Stop) -> None:
        broker = KafkaBroker(self._settings, "hemis-loader", self._dependencies)
        await broker.ensure_topics(self._topics.all(), self._settings.kafka_replication)
        async with broker.producer() as producer, asyncio.TaskGroup() as tasks:
            heart = Heart(SERVICE, self._topics, producer, self._dependencies)
            tasks.create_task(heart.run(stop, self._clock))
            url, schema = self._settings.database_url.get_secret_value(), self._schema
            await migrate_when_available(url, schema, MIGRATIONS, self._dependencies)
            async with open_pool(
                url, schema, self._dependencies, self._stores.prepare, PLANNER
            ) as pool:
                await self._load(broker, producer, pool, stop)

    @property
    def _schema(self) -> str:
        return self._settings.database_schema

    async def _load(self, broker: Broker, producer: Producer, pool: Pool, stop: Stop) -> None:
        progress = Partition(self._topics.progress, 0)
        claims = Claims(broker, pool)
        group = self._topics.group(SERVICE)
        records = [self._topics.records(resource) for resource in Resource]
        async with (
            broker.log_reader({progress: None}) as reader,
            broker.group_consumer(group, records, claims) as consumer,
        ):
            log = SyncLog(reader)
            announcer = Announcer(producer, self._topics, self._clock)
            closer = SyncCloser(pool, log, announcer, self._topics, self._clock)
            await closer.restore()
            worker = self._worker(broker, pool, producer, log, claims)
            freeze_garbage_collector()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(worker.run(consumer, stop))
                tasks.create_task(closer.run(consumer, stop))
                source = LagSource(claims, pool, reader)
                watchdog = Watchdog(source, self._outages, self._metrics, self._clock)
                tasks.create_task(watchdog.run(stop))
                tasks.create_task(Repeater(pool, log, announcer, self._clock).run(stop))
                asker = WishAsker(pool, producer, self._topics, self._clock)
                tasks.create_task(asker.run(stop))

    def _worker(
        self, broker: Broker, pool: Pool, producer: Producer, log: SyncLog, claims: Claims
    ) -> LoadWorker:
        collector = Collector(
            claims,
            RecordReader(self._topics, self._tables),
            self._clock,
            self._fail_point,
            BatchLimits(self._settings.loader_batch_records, self._settings.loader_batch_seconds),
        )
        pipeline = Pipeline(
            Graveyard(producer, self._topics, self._clock),
            BatchLoader(pool, self._stores, SyncMemory(), self._metrics, self._fail_point),
            log,
            Announcer(producer, self._topics, self._clock),
            broker,
        )
        return LoadWorker(claims, collector, pipeline, self._outages, self._fail_point)


def freeze_garbage_collector() -> None:
    """Collect rarely: what a batch makes is freed by counting references (measured: +40 %)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
