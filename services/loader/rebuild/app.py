"""The composition root of a rebuild, which runs once and prints its result."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry
from rich.console import Console

from libs.common.contracts.topics import Topics
from libs.common.errors import TransientError, Unavailable, first_error
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.ports import Partition
from libs.common.postgres.migrations import migrate_when_available
from libs.common.postgres.pool import POSTGRES
from libs.common.process.lifecycle import Stop, Stopped
from services.loader.mapping.tables import tables
from services.loader.migrations import MIGRATIONS
from services.loader.progress.follower import ProgressFollower
from services.loader.rebuild.bounded_wait import BoundedReadiness
from services.loader.rebuild.metrics import RebuildMetrics, serve_metrics_if_port_is_free
from services.loader.rebuild.progress import open_progress
from services.loader.rebuild.readers.pool import ReaderHandle
from services.loader.rebuild.rebuild import Rebuild, RebuildOptions
from services.loader.rebuild.session import Session, open_session
from services.loader.rebuild.sql.merge import Merged
from services.loader.rebuild.summary import summary_lines
from services.loader.settings import LoaderSettings
from services.loader.store.syncs import database_epoch


@dataclass
class RebuildCommand:
    """Rebuilds once, and prints the result."""

    options: RebuildOptions
    readers: Sequence[ReaderHandle]
    console: Console
    _seconds: float = field(init=False, default=0.0)

    async def serve(self, settings: LoaderSettings, stop: Stop) -> None:
        """Rebuild, unless the stop comes first.

        Raises:
            Unavailable: Kafka or PostgreSQL is away; the tables are unchanged.
            FatalError: another rebuild runs, or a reader failed; the tables are unchanged.
            Stopped: the stop came first.
        """
        rebuilding = asyncio.ensure_future(self._rebuild(settings, stop))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({rebuilding, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (rebuilding, stopping):
            task.cancel()
        await asyncio.wait({rebuilding, stopping})
        if rebuilding.cancelled():
            self._print("Stopped; the tables are as they were")
            raise Stopped
        self._print_summary(_result(rebuilding))

    async def _rebuild(self, settings: LoaderSettings, stop: Stop) -> list[Merged]:
        readiness = BoundedReadiness((KAFKA, POSTGRES), stop)
        broker = KafkaBroker(settings, "hemis-rebuild", readiness)
        topics = Topics(settings.kafka_topic_prefix, settings.kafka_partitions)
        await broker.ensure_topics(topics.all(), settings.kafka_replication)
        url, schema = settings.database_url.get_secret_value(), settings.database_schema
        await migrate_when_available(url, schema, MIGRATIONS, readiness)
        session = await open_session(settings, readiness)
        registry = CollectorRegistry()
        try:
            open_syncs = await _open_syncs(broker, topics, session)
            by_resource = tables(ZoneInfo(settings.hemis_timezone))
            async with serve_metrics_if_port_is_free(settings, readiness, registry):
                with open_progress(self.console) as shown:
                    progress = RebuildMetrics(registry, shown)
                    rebuild = Rebuild(session, self.readers, topics, by_resource, progress)
                    started_at = time.monotonic()
                    merged = await rebuild.run(self.options, open_syncs)
                    self._seconds = time.monotonic() - started_at
                    return merged
        finally:
            session.terminate()
            for reader in self.readers:
                await reader.close()

    def _print_summary(self, merged: Sequence[Merged]) -> None:
        dry_run = self.options.dry_run
        for table in merged:
            for line in summary_lines(table, dry_run=dry_run):
                self._print(line)
        done = "Dry run: nothing was changed" if dry_run else "Done, loaders continue"
        self._print(f"{done} ({self._seconds:.1f} s)")

    def _print(self, line: str) -> None:
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)


async def _open_syncs(broker: KafkaBroker, topics: Topics, session: Session) -> frozenset[str]:
    """Return the syncs whose records a loader still has to count."""
    epoch = await database_epoch(session)
    async with broker.log_reader({Partition(topics.progress, 0): None}) as reader:
        log = ProgressFollower(reader)

        async def forget_ended() -> None:
            for name, facts in log.items():
                if facts.started is None or facts.ended_before(epoch):
                    log.forget(name)

        log.drop_settled = forget_ended
        await log.catch_up()
        await forget_ended()
    return frozenset(facts.sync_id for facts in log.all())


def _result(rebuilding: "asyncio.Future[list[Merged]]") -> list[Merged]:
    """Return the merged tables, or raise the first error of the group."""
    failure = rebuilding.exception()
    if failure is None:
        return rebuilding.result()
    error = first_error(failure)
    if isinstance(error, TransientError):
        raise Unavailable(str(error)) from error
    raise error
