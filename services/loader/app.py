"""What the loader is made of: the one place where its parts meet."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from libs.common.clock import SystemClock
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.health.heartbeat import Heartbeat
from libs.common.health.server import health_app, own_metrics, serve_health
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.group_consumer import CONSUMER_OPTIONS
from libs.common.kafka.ports import Broker, LogReader, Partition, Producer
from libs.common.postgres.migrations import migrate_when_available
from libs.common.postgres.pool import POSTGRES, Pool, open_pool
from libs.common.process.failpoints import NEVER, FailPoint, FailPointSettings, parse
from libs.common.process.findings import Findings
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import load_settings
from services.loader.close_syncs import ClosingCondition, SyncCloser, SyncClosing
from services.loader.commands import OperatorCommands
from services.loader.loading.claims import Claims
from services.loader.loading.collector import BatchLimits, Collector
from services.loader.loading.load_batch import BatchLoader
from services.loader.loading.log_lookup import LogLookup
from services.loader.loading.outages import Outages
from services.loader.loading.pauses import PauseReporter, Pauses
from services.loader.loading.pipeline import Pipeline
from services.loader.loading.watchdog import LagProbe, Watchdog
from services.loader.loading.worker import LoadWorker
from services.loader.mapping.tables import tables
from services.loader.metrics import Metrics
from services.loader.migrations import MIGRATIONS
from services.loader.progress.follower import ProgressFollower
from services.loader.progress.reject_limit import RejectLimit
from services.loader.progress.removal_rules import Policy, RemovalRules
from services.loader.publishing.dead_letters import DeadLetterPublisher
from services.loader.publishing.outbox_relay import OutboxRelay
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.publishing.refetch_requests import RefetchRequester
from services.loader.publishing.unknown_fields import UnknownFieldsReporter
from services.loader.records.effects import EffectCache
from services.loader.records.reader import RecordReader
from services.loader.removals.ask_missing import MissingCommands, MissingRequester
from services.loader.removals.remove_missing import MissingRemover, RemovalStep
from services.loader.removals.retry_removals import RemovalRetrier
from services.loader.settings import LoaderSettings
from services.loader.settle_syncs import Settler, first_offset_to_read
from services.loader.store.database_checks import DatabaseChecks
from services.loader.store.tables import TableStores
from services.loader.store.unseen import UnseenStore
from services.loader.tuning import PLANNER, freeze_garbage_collector

logger = logging.getLogger(__name__)

SERVICE = "loader"


async def serve(settings: LoaderSettings, stop: Stop) -> None:
    """Load until the stop; waits for Kafka and PostgreSQL as long as it takes."""
    readiness = Readiness((KAFKA, POSTGRES), stop)
    registry = own_metrics()
    fail_point = parse(load_settings(FailPointSettings).hemis_fail_point)
    loader = Loader(settings, readiness, Metrics(registry), fail_point)
    app = health_app(readiness, registry)
    async with serve_health(app, settings.health_host, settings.loader_health_port):
        await loader.run(stop)


Follower = Callable[[Stop], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class SharedParts:
    """What the loader's tasks share."""

    broker: Broker
    producer: Producer
    pool: Pool
    log: ProgressFollower
    announcer: ProgressPublisher
    pauses: Pauses


class Loader:
    """All parts, made from the settings by plain constructor calls."""

    def __init__(
        self,
        settings: LoaderSettings,
        readiness: Readiness,
        metrics: Metrics,
        fail_point: FailPoint = NEVER,
        consumer_options: Mapping[str, Any] = CONSUMER_OPTIONS,
    ) -> None:
        self._settings = settings
        self._consumer_options = consumer_options
        self._readiness = readiness
        self._metrics = metrics
        self._fail_point = fail_point
        self._outages = Outages(readiness, metrics)
        self._clock = SystemClock()
        self._findings = Findings()
        self._topics = Topics(settings.kafka_topic_prefix, settings.kafka_partitions)
        self._tables = tables(ZoneInfo(settings.hemis_timezone))
        self._stores = TableStores(self._tables)
        self._unseen = UnseenStore(self._tables)

    async def run(self, stop: Stop) -> None:
        broker = KafkaBroker(
            self._settings, "hemis-loader", self._readiness, self._consumer_options
        )
        await broker.ensure_topics(self._topics.all(), self._settings.kafka_replication)
        async with broker.producer() as producer:
            heartbeat = Heartbeat(SERVICE, self._topics, producer, self._readiness, self._findings)
            async with heartbeat.reporting_failure(self._clock), asyncio.TaskGroup() as tasks:
                tasks.create_task(heartbeat.run(stop, self._clock))
                examiner = self._examiner()
                # Before the migrations: what they fail by is then named in the last words.
                await examiner.look()
                await migrate_when_available(self._url, self._schema, MIGRATIONS, self._readiness)
                tasks.create_task(examiner.run(stop))
                await self._serve(broker, producer, stop)

    async def _serve(self, broker: Broker, producer: Producer, stop: Stop) -> None:
        async with (
            open_pool(
                self._url, self._schema, self._readiness, self._stores.prepare, PLANNER
            ) as pool,
            self._desk(broker, producer, pool) as desk,
        ):
            await self._load(desk, stop)

    def _examiner(self) -> DatabaseChecks:
        return DatabaseChecks(self._url, self._schema, MIGRATIONS, self._findings, self._clock)

    @property
    def _url(self) -> str:
        return self._settings.database_url.get_secret_value()

    @property
    def _policy(self) -> Policy:
        return self._settings.hemis_removed_policy

    @property
    def _schema(self) -> str:
        return self._settings.database_schema

    @asynccontextmanager
    async def _desk(
        self, broker: Broker, producer: Producer, pool: Pool
    ) -> AsyncIterator[SharedParts]:
        progress = Partition(self._topics.progress, 0)
        limit = RejectLimit(self._settings.hemis_reject_limit_percent)
        follow = partial(first_offset_to_read, broker, pool, progress)
        start = await self._outages.wait_for_both(follow)
        async with broker.log_reader({progress: start}) as reader:
            log = ProgressFollower(reader)
            announcer = ProgressPublisher(producer, self._topics, self._clock)
            yield SharedParts(
                broker, producer, pool, log, announcer, Pauses(log, limit, self._topics)
            )

    async def _load(self, desk: SharedParts, stop: Stop) -> None:
        claims = Claims(LogLookup(desk.broker), desk.pool, desk.pauses.lets_read)
        group = self._topics.group(SERVICE)
        records = [self._topics.records(resource) for resource in Resource]
        watch = PauseReporter(desk.pool, desk.pauses, desk.announcer, self._readiness)
        closer = self._closer(desk, watch)
        progress = Partition(self._topics.progress, 0)
        settler = Settler(desk.broker, desk.pool, desk.log, progress, self._clock)
        restore = partial(closer.restore, settler.settle)
        await self._outages.wait_for_both(restore)
        await self._outages.wait_for_both(watch.look)
        commands = Partition(self._topics.commands, 0)
        async with (
            desk.broker.log_reader({commands: None}) as reader,
            desk.broker.group_consumer(group, records, claims) as consumer,
        ):
            freeze_garbage_collector()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._worker(desk, claims).run(consumer, stop))
                tasks.create_task(closer.run(consumer, stop))
                tasks.create_task(settler.run(stop))
                tasks.create_task(watch.run(stop))
                tasks.create_task(self._watchdog(desk, claims, reader).run(stop))
                for follow in self._followers(desk, reader):
                    tasks.create_task(follow(stop))

    def _closer(self, desk: SharedParts, watch: PauseReporter) -> SyncCloser:
        gate = ClosingCondition(desk.pool, self._topics, watch, LogLookup(desk.broker))
        rules = RemovalRules(self._policy, self._settings.hemis_removed_limit_percent)
        closing = SyncClosing(desk.pool, self._unseen, rules)
        return SyncCloser(closing, gate, desk.log, desk.announcer, self._clock)

    def _watchdog(self, desk: SharedParts, claims: Claims, reader: LogReader) -> Watchdog:
        source = LagProbe(claims, desk.pool, reader)
        return Watchdog(source, self._outages, self._metrics, self._clock)

    def _followers(self, desk: SharedParts, commands: LogReader) -> tuple[Follower, ...]:
        return (
            OperatorCommands(commands, desk.pool, desk.log, desk.announcer, self._clock).run,
            OutboxRelay(desk.pool, desk.log, desk.announcer, self._clock).run,
            RefetchRequester(desk.pool, desk.producer, self._topics, self._clock).run,
            self._asker(desk).run,
            self._remover(desk).run,
            RemovalRetrier(desk.pool, self._stores.gone, desk.announcer).run,
            UnknownFieldsReporter(
                desk.pool, desk.log, desk.producer, self._topics, self._clock
            ).run,
        )

    def _asker(self, desk: SharedParts) -> MissingRequester:
        commands = MissingCommands(self._topics, self._clock, self._policy)
        return MissingRequester(desk.pool, desk.producer, commands, self._fail_point)

    def _remover(self, desk: SharedParts) -> MissingRemover:
        removal = RemovalStep(self._stores.gone, self._policy, self._fail_point)
        return MissingRemover(desk.pool, removal, desk.log, desk.announcer)

    def _worker(self, desk: SharedParts, claims: Claims) -> LoadWorker:
        collector = Collector(
            claims,
            RecordReader(self._topics, self._tables),
            self._clock,
            self._fail_point,
            BatchLimits(self._settings.loader_batch_records, self._settings.loader_batch_seconds),
        )
        pipeline = Pipeline(
            DeadLetterPublisher(desk.producer, self._topics, self._clock),
            BatchLoader(desk.pool, self._stores, EffectCache(), self._metrics, self._fail_point),
            desk.log,
            desk.announcer,
            desk.broker,
        )
        return LoadWorker(claims, collector, pipeline, self._outages, self._fail_point)
