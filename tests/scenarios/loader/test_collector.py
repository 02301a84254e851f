"""A batch ends at its record limit, its byte limit or its time limit."""

from zoneinfo import ZoneInfo

from libs.common.clock import SystemClock
from libs.common.contracts.topics import Topics
from libs.common.kafka.in_memory import InMemoryBroker, InMemoryGroupConsumer
from libs.common.kafka.ports import Message, Partition
from libs.common.postgres.database import Database
from libs.common.process.failpoints import NEVER
from services.loader.loading.claims import Claim, Claims
from services.loader.loading.collector import BatchLimits, Collector
from services.loader.mapping.tables import tables
from services.loader.records.decide import StaleRecordGuard
from services.loader.records.reader import RecordReader

TOPICS = Topics("hemis", 1)
PARTITION = Partition("hemis.students", 0)
KILOBYTE = 1024


class CollectorSetup:
    """Twelve hundred records of a kilobyte in one partition that is claimed."""

    def __init__(self, limits: BatchLimits) -> None:
        broker = InMemoryBroker()
        broker._counts["hemis.students"] = 1
        broker.logs[PARTITION] = []
        value = b'{"id":1,"full_name":"%s"}' % (b"A" * (KILOBYTE - 24))
        for number in range(1200):
            broker.append(Message(PARTITION.topic, str(number), value))
        self.consumer = InMemoryGroupConsumer(broker, "g", [PARTITION])
        self.consumer.seek(PARTITION, 0)
        self.consumer.resume([PARTITION])
        claims = Claims(broker, _no_database(), lambda _: True)
        claims.held[PARTITION] = Claim(1, 0, StaleRecordGuard(None))
        reader = RecordReader(TOPICS, tables(ZoneInfo("Asia/Tashkent")))
        self.collector = Collector(claims, reader, SystemClock(), NEVER, limits)

    async def batches(self) -> list[int]:
        return [len(await self.collector.collect(self.consumer)) for _ in range(3)]


def _no_database() -> Database:
    return None  # type: ignore[return-value]  # nothing asks the database here


async def test_a_batch_ends_at_its_number_of_records() -> None:
    assert await CollectorSetup(BatchLimits(700, 0.01)).batches() == [700, 500, 0]


async def test_a_batch_ends_at_its_number_of_bytes() -> None:
    assert await CollectorSetup(BatchLimits(5000, 0.01, 200 * KILOBYTE)).batches() == [
        500,
        500,
        200,
    ]


async def test_a_batch_ends_when_nothing_more_comes() -> None:
    assert await CollectorSetup(BatchLimits(5000, 0.01)).batches() == [1200, 0, 0]
