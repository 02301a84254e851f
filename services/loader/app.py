"""Composition root: builds the loader from its settings and runs its tasks."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from libs.common.clock import SystemClock
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.health.heartbeat import Heartbeat
from libs.common.health.server import health_app, metrics_registry, serve_health
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.group_consumer import CONSUMER_OPTIONS
from libs.common.kafka.ports import LogReader, Partition, Producer
from libs.common.postgres.database import Database
from libs.common.postgres.migrations import migrate_when_available
from libs.common.postgres.pool import POSTGRES, open_pool
from libs.common.process.failpoints import NEVER, FailPoint, FailPointSettings, parse
from libs.common.process.findings import Findings
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import load_settings
from services.loader.close_syncs import ClosingCondition, SyncCloser, SyncClosing
from services.loader.commands import OperatorCommands
from services.loader.errors import translated
from services.loader.keep_changes import ChangesKeeper
from services.loader.loading.claims import Claims
from services.loader.loading.collector import BatchLimits, Collector
from services.loader.loading.load_batch import BatchLoader
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
from services.loader.progress.removal_rules import RemovalRules
from services.loader.publishing.dead_letters import DeadLetterPublisher
from services.loader.publishing.outbox_relay import OutboxRelay
from services.loader.publishing.outboxes import (
    ErasureOutbox,
    RemovalOutbox,
    SyncOutbox,
    UnknownFieldsOutbox,
)
from services.loader.publishing.progress_events import ProgressPublisher
from services.loader.publishing.refetch_requests import RefetchRequester
from services.loader.records.effects import EffectCache
from services.loader.records.reader import RecordReader
from services.loader.removals.ask_missing import MissingRequester
from services.loader.removals.remove_missing import MissingRemover
from services.loader.removals.retry_removals import RemovalRetrier
from services.loader.settings import LoaderSettings
from services.loader.settle_syncs import Settler, first_offset_to_read
from services.loader.store.database_checks import DatabaseChecks
from services.loader.store.removals.unseen import UnseenStore
from services.loader.store.tables import TableStores
from services.loader.tuning import PLANNER, freeze_garbage_collector

SERVICE = "loader"


async def serve(settings: LoaderSettings, stop: Stop) -> None:
    """Run the loader until ``stop`` is set; waits for Kafka and PostgreSQL as long as needed."""
    readiness = Readiness((KAFKA, POSTGRES), stop)
    registry = metrics_registry()
    fail_point = parse(load_settings(FailPointSettings).hemis_fail_point)
    loader = Loader(settings, readiness, Metrics(registry), fail_point)
    app = health_app(readiness, registry)
    async with serve_health(app, settings.health_host, settings.loader_health_port):
        await loader.run(stop)


Task = Callable[[Stop], Coroutine[Any, Any, None]]
"""Runs until the stop."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the tasks of a loader share."""

    producer: Producer
    database: Database
    follower: ProgressFollower
    publisher: ProgressPublisher


class Loader:
    """One loader process."""

    def __init__(
        self,
        settings: LoaderSettings,
        readiness: Readiness,
        metrics: Metrics,
        fail_point: FailPoint = NEVER,
        consumer_options: Mapping[str, Any] = CONSUMER_OPTIONS,
    ) -> None:
        self._settings = settings
        self._readiness = readiness
        self._metrics = metrics
        self._fail_point = fail_point
        self._broker = KafkaBroker(settings, "hemis-loader", readiness, consumer_options)
        self._url = settings.database_url.get_secret_value()
        self._schema = settings.database_schema
        self._outages = Outages(readiness, metrics)
        self._clock = SystemClock()
        self._topics = Topics(settings.kafka_topic_prefix, settings.kafka_partitions)
        self._progress = Partition(self._topics.progress, 0)
        self._tables = tables(ZoneInfo(settings.hemis_timezone))
        keeps_changes = settings.changes_keep_days > 0
        self._stores = TableStores(self._tables, keeps_changes=keeps_changes)

    async def run(self, stop: Stop) -> None:
        await self._broker.ensure_topics(self._topics.all(), self._settings.kafka_replication)
        findings = Findings()
        checks = DatabaseChecks(self._url, self._schema, MIGRATIONS, findings, self._clock)
        async with self._broker.producer() as producer:
            heartbeat = Heartbeat(SERVICE, self._topics, producer, self._readiness, findings)
            async with heartbeat.reporting_failure(self._clock), asyncio.TaskGroup() as tasks:
                tasks.create_task(heartbeat.run(stop, self._clock))
                # Before the migrations, so that a failure report names what makes them fail.
                await checks.run_once()
                await migrate_when_available(self._url, self._schema, MIGRATIONS, self._readiness)
                tasks.create_task(checks.run(stop))
                await self._serve(producer, stop)

    async def _serve(self, producer: Producer, stop: Stop) -> None:
        async with open_pool(
            self._url, self._schema, self._readiness, self._stores.prepare, PLANNER
        ) as pool:
            database = Database(pool, translated)
            find_start = partial(first_offset_to_read, self._broker, database, self._progress)
            start = await self._outages.wait_for_both(find_start)
            async with self._broker.log_reader({self._progress: start}) as reader:
                publisher = ProgressPublisher(producer, self._topics, self._clock)
                shared = Shared(producer, database, ProgressFollower(reader), publisher)
                await self._load(shared, stop)

    async def _load(self, shared: Shared, stop: Stop) -> None:
        database, follower, publisher = shared.database, shared.follower, shared.publisher
        limit = RejectLimit(self._settings.hemis_reject_limit_percent)
        pauses = Pauses(follower, limit, self._topics)
        pause_reporter = PauseReporter(database, pauses, publisher, self._readiness)
        closer = self._closer(shared, pause_reporter)
        settler = Settler(self._broker, database, follower, self._progress, self._clock)
        keeper = ChangesKeeper(database, self._settings.changes_keep_days)
        await self._outages.wait_for_both(partial(closer.restore, settler.settle))
        await self._outages.wait_for_both(pause_reporter.update)
        claims = Claims(self._broker, database, pauses.is_readable)
        records = [self._topics.records(resource) for resource in Resource]
        async with (
            self._broker.log_reader({Partition(self._topics.commands, 0): None}) as commands,
            self._broker.group_consumer(self._topics.group(SERVICE), records, claims) as consumer,
        ):
            freeze_garbage_collector()
            worker = self._worker(shared, claims)
            operator = OperatorCommands(commands, database, follower, publisher, self._clock)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(worker.run(consumer, stop))
                tasks.create_task(closer.run(consumer, stop))
                tasks.create_task(settler.run(stop))
                tasks.create_task(keeper.run(stop))
                tasks.create_task(pause_reporter.run(stop))
                tasks.create_task(operator.run(stop))
                tasks.create_task(self._watchdog(database, claims, commands).run(stop))
                for run in self._followers(shared):
                    tasks.create_task(run(stop))

    def _closer(self, shared: Shared, pause_reporter: PauseReporter) -> SyncCloser:
        condition = ClosingCondition(shared.database, self._topics, pause_reporter, self._broker)
        settings = self._settings
        rules = RemovalRules(settings.hemis_removed_policy, settings.hemis_removed_limit_percent)
        unseen, unlisted = UnseenStore(self._tables), self._stores.unlisted
        closing = SyncClosing(shared.database, unseen, rules, unlisted)
        return SyncCloser(closing, condition, shared.follower, shared.publisher, self._clock)

    def _worker(self, shared: Shared, claims: Claims) -> LoadWorker:
        database, settings = shared.database, self._settings
        collector = Collector(
            claims,
            RecordReader(self._topics, self._tables),
            self._clock,
            self._fail_point,
            BatchLimits(settings.loader_batch_records, settings.loader_batch_seconds),
        )
        pipeline = Pipeline(
            DeadLetterPublisher(shared.producer, self._topics, self._clock),
            BatchLoader(database, self._stores, EffectCache(), self._metrics, self._fail_point),
            shared.follower,
            shared.publisher,
            self._broker,
        )
        return LoadWorker(database, claims, collector, pipeline, self._outages, self._fail_point)

    def _watchdog(self, database: Database, claims: Claims, reader: LogReader) -> Watchdog:
        probe = LagProbe(claims, database, reader)
        return Watchdog(probe, self._outages, self._metrics, self._clock)

    def _followers(self, shared: Shared) -> Iterator[Task]:
        producer, database = shared.producer, shared.database
        follower, publisher = shared.follower, shared.publisher
        topics, clock, policy = self._topics, self._clock, self._settings.hemis_removed_policy
        fail_point, removers = self._fail_point, self._stores.removers
        yield MissingRequester(database, producer, topics, clock, policy, fail_point).run
        yield MissingRemover(database, follower, removers, policy, fail_point).run
        yield RemovalRetrier(database, removers).run
        yield RefetchRequester(database, producer, topics, clock).run
        yield OutboxRelay(database, follower, SyncOutbox(follower, publisher, clock)).run
        yield OutboxRelay(database, follower, RemovalOutbox(follower, publisher)).run
        yield OutboxRelay(database, follower, ErasureOutbox(publisher)).run
        yield OutboxRelay(database, follower, UnknownFieldsOutbox(follower, publisher)).run
