"""A start reads the progress topic from the oldest open sync, if it is the same topic."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from libs.common.clock import SystemClock
from libs.common.contracts.codec import encode
from libs.common.contracts.sums import SyncCounts
from libs.common.kafka.in_memory import InMemoryBroker, StoredRecord
from libs.common.kafka.ports import Message, Partition
from services.loader.progress.follower import ProgressFollower
from services.loader.progress.report import closed_by_report
from services.loader.settle_syncs import Settler, first_offset_to_read
from services.loader.store import syncs
from tests.integration.loader.loader_without_kafka import TOPICS, LoaderWithoutKafka, open_loader
from tests.unit.loader.sample_events import fetched, report, started

pytestmark = pytest.mark.integration

PROGRESS = Partition(TOPICS.progress, 0)
FINISHED = report(fetched(), SyncCounts())
EVENTS = (started(), fetched(), FINISHED)
ANNOUNCED = "SELECT announced_revision FROM syncs"


class SettlerSetup:
    """One sync that ended long ago, and a loader that knows it."""

    def __init__(self, loader: LoaderWithoutKafka) -> None:
        self.loader = loader
        self.broker = InMemoryBroker()

    async def noted(self) -> ProgressFollower:
        """Have a loader write the row, settle it, and note how far it has read."""
        await self.broker.ensure_topics(TOPICS.all(), 1)
        for event in EVENTS:
            self.broker.append(Message(TOPICS.progress, event.sync_id, encode(event)))
        async with self.loader.pool.acquire() as connection:
            await syncs.close(
                connection, [(started(), closed_by_report(FINISHED))], is_published=True
            )
        async with self.broker.log_reader({PROGRESS: None}) as reader:
            log = ProgressFollower(reader)
            await log.catch_up()
            self.settler = Settler(self.broker, self.loader.database, log, PROGRESS, SystemClock())
            await self.settler.step()
        return log

    async def start(self) -> int | None:
        return await first_offset_to_read(self.broker, self.loader.database, PROGRESS)

    @property
    def log(self) -> list[StoredRecord]:
        return self.broker.logs[PROGRESS]


@pytest.fixture
async def setup(database_url: str) -> AsyncIterator[SettlerSetup]:
    async with open_loader(database_url) as loader:
        await loader.pool.execute("TRUNCATE syncs, followed")
        yield SettlerSetup(loader)


async def test_settled_syncs_are_dropped_and_no_start_reads_them(setup: SettlerSetup) -> None:
    log = await setup.noted()

    assert list(log.items()) == []
    assert await setup.start() == len(EVENTS) - 1
    assert await setup.loader.rows(ANNOUNCED) == [{"announced_revision": 1}]


@pytest.mark.parametrize("change", ["made anew", "lost its end", "empty", "unknown"])
async def test_another_topic_or_another_database_is_read_from_its_beginning(
    setup: SettlerSetup, change: str
) -> None:
    await setup.noted()
    match change:
        case "made anew":
            setup.log[:] = [replace(record, value=b"{}") for record in setup.log]
        case "lost its end":
            setup.log.pop()
        case "empty":
            setup.log.clear()
        case _:
            await setup.loader.pool.execute("DELETE FROM followed")

    assert await setup.start() is None


NOTED = "SELECT next_offset, last_offset FROM followed"
EARLIER = "UPDATE followed SET next_offset = 0, noted_at = noted_at - interval '1 ms'"


@pytest.mark.parametrize(
    ("change", "known"), [(EARLIER, ["s"]), ("DELETE FROM followed", ["s"]), (NOTED, [])]
)
async def test_a_restored_database_is_noticed_and_what_it_lacks_is_read_again(
    setup: SettlerSetup, change: str, known: list[str]
) -> None:
    log = await setup.noted()
    await setup.loader.pool.execute("DELETE FROM syncs")
    await setup.loader.pool.execute(change)

    await setup.settler.step()
    await setup.settler.step()

    assert [name for name, _ in log.items()] == known
    first = 0 if known else len(EVENTS) - 1
    noted = [{"next_offset": first, "last_offset": len(EVENTS) - 1}]
    assert await setup.loader.rows(NOTED) == noted


async def test_a_position_written_by_another_loader_is_no_restored_database(
    setup: SettlerSetup,
) -> None:
    log = await setup.noted()
    await setup.settler.step()
    further = "UPDATE followed SET last_offset = 9, noted_at = noted_at + interval '1 s'"
    await setup.loader.pool.execute(further)

    await setup.settler.step()

    assert list(log.items()) == []
    assert await setup.loader.rows(NOTED) == [{"next_offset": 2, "last_offset": 9}]


async def test_impossible_stored_offsets_are_ignored(setup: SettlerSetup) -> None:
    await setup.noted()
    await setup.loader.pool.execute("UPDATE followed SET next_offset = -5, last_offset = -7")

    assert await setup.start() is None
