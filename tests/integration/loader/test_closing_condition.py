"""Only the log tells whether offsets are of the current topic or of a deleted one."""

import pytest
from msgspec.structs import replace

from libs.common.clock import SystemClock
from libs.common.contracts.resources import Resource
from libs.common.kafka.in_memory import InMemoryBroker, InMemoryGroupConsumer, StoredRecord
from libs.common.kafka.ports import Partition
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.loader.close_syncs import ClosingCondition
from services.loader.loading.pauses import PauseReporter, Pauses
from services.loader.progress.follower import ProgressFollower
from services.loader.progress.reject_limit import RejectLimit
from services.loader.publishing.progress_events import ProgressPublisher
from tests.integration.loader.loader_without_kafka import (
    TOPICS,
    LoaderWithoutKafka,
    Log,
    LoggedRecord,
    open_loader,
)
from tests.unit.loader.sample_events import fetched

pytestmark = pytest.mark.integration

STUDENTS = Resource.STUDENTS
PLACE = Partition(TOPICS.records(STUDENTS), 0)
LOADED = 10

NOW: dict[str, tuple[str, int, int, bool | None]] = {
    "the log that was loaded": ("first", 10, 10, True),
    "more to load": ("first", 12, 12, None),
    "a log that lost its end": ("first", 8, 8, None),
    "a smaller log made anew": ("second", 4, 4, None),
    "one as large": ("second", 10, 10, None),
    "a larger one": ("second", 12, 10, None),
    "one that is empty": ("second", 0, 4, None),
}
"""Whose records are in the log now, how many, where the sync ends, and the answer."""


@pytest.mark.parametrize("name", NOW)
async def test_a_sync_is_closed_only_by_records_of_the_current_log(
    database_url: str, name: str
) -> None:
    life, count, end, all_loaded = NOW[name]
    async with open_loader(database_url) as loader:
        loaded = written("first", LOADED)
        await loader.begin(loaded)
        await loader.load(loaded.records)

        assert await all_loaded_by(loader, written(life, count).records, end) is all_loaded


def written(sync_id: str, count: int) -> Log:
    log = Log(STUDENTS)
    for n in range(1, count + 1):
        log.add(str(n), b'{"id":%d}' % n, sync_id=sync_id, ce_time=1000)
    return log


async def all_loaded_by(
    loader: LoaderWithoutKafka, now: list[LoggedRecord], end: int
) -> bool | None:
    broker = InMemoryBroker()
    await broker.ensure_topics(TOPICS.all(), 1)
    broker.logs[PLACE] = [
        StoredRecord(*PLACE, one.offset, one.key, one.value, one.headers) for one in now
    ]
    async with (
        broker.log_reader({Partition(TOPICS.progress, 0): None}) as reader,
        broker.producer() as producer,
    ):
        pauses = Pauses(ProgressFollower(reader), RejectLimit(5), TOPICS)
        publisher = ProgressPublisher(producer, TOPICS, SystemClock())
        pause_reporter = PauseReporter(loader.database, pauses, publisher, Readiness((), Stop()))
        condition = ClosingCondition(loader.database, TOPICS, pause_reporter, broker)
        consumer = InMemoryGroupConsumer(broker, "g", [PLACE])
        return await condition.all_loaded(replace(fetched(), end_offsets={"0": end}), consumer)
