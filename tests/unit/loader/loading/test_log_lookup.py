"""Tells whether a log is the one that was loaded."""

from datetime import UTC, datetime

import pytest

from libs.common.contracts.records import RecordOrigin, record_headers
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.kafka.ports import Bounds, Message, Partition
from services.loader.loading.log_lookup import is_loaded_log
from services.loader.records.incoming import fingerprint
from services.loader.store.offsets import OffsetRow

TOPICS = Topics("t", 1)
HERE = Partition("t.students", 0)
LOADED_AT = 1_000


class LoadedLog:
    """A log of three loaded records with the same request time."""

    def __init__(self) -> None:
        self.broker = InMemoryBroker()
        self.row = OffsetRow(1, 0, None, None, None)

    @classmethod
    async def loaded(cls) -> "LoadedLog":
        log = cls()
        await log.broker.ensure_topics(TOPICS.all(), 1)
        for key in ("1", "2", "3"):
            log.append(key, LOADED_AT)
        last = fingerprint(log.broker.logs[HERE][-1])
        newest = datetime.fromtimestamp(LOADED_AT / 1000, UTC)
        log.row = OffsetRow(1, 3, newest, last, None)
        return log

    def append(self, key: str, ce_time: int) -> None:
        origin = RecordOrigin(
            resource=Resource.STUDENTS,
            sync_id=f"s{ce_time}",
            page=1,
            place=0,
            source="x",
            ce_time=ce_time,
        )
        value = b"{}"
        self.broker.append(Message(HERE.topic, key, value, record_headers(origin, key, value)))

    async def is_same_log(self, *, first: int = 0) -> bool:
        bounds = Bounds(first, self.broker.end(HERE))
        return await is_loaded_log(self.broker, HERE, self.row, bounds)


async def test_a_log_with_the_last_loaded_record_is_the_same_log() -> None:
    log = await LoadedLog.loaded()
    log.append("4", LOADED_AT - 1)

    assert await log.is_same_log()


async def test_a_log_with_another_record_at_that_offset_is_another_log() -> None:
    log = await LoadedLog.loaded()
    log.broker.logs[HERE].clear()
    for key in ("1", "2", "4"):
        log.append(key, LOADED_AT + 1)

    assert not await log.is_same_log()


@pytest.mark.parametrize(("later", "is_same_log"), [(1, True), (0, True), (-1, False)])
async def test_if_the_last_record_was_compacted_away_the_next_one_must_not_be_older(
    later: int,
    is_same_log: bool,  # noqa: FBT001 — what is expected
) -> None:
    log = await LoadedLog.loaded()
    log.append("4", LOADED_AT + later)
    log.append("3", LOADED_AT + later)
    log.broker.compact(HERE)

    assert [record.offset for record in log.broker.logs[HERE]] == [0, 1, 3, 4]
    assert await log.is_same_log() is is_same_log


async def test_if_the_log_begins_after_the_last_record_its_first_one_is_compared() -> None:
    log = await LoadedLog.loaded()
    log.append("4", LOADED_AT + 1)
    del log.broker.logs[HERE][:3]

    assert await log.is_same_log(first=3)


async def test_a_log_that_begins_later_or_ends_earlier_is_another_log() -> None:
    log = await LoadedLog.loaded()
    log.append("4", LOADED_AT + 1)
    log.append("5", LOADED_AT + 1)

    assert not await log.is_same_log(first=4)

    del log.broker.logs[HERE][2:]

    assert not await log.is_same_log()


async def test_if_nothing_was_loaded_the_log_is_read_from_its_beginning() -> None:
    log = await LoadedLog.loaded()
    log.row = OffsetRow(1, 0, None, None, None)

    assert await log.is_same_log()
    assert not await log.is_same_log(first=1)
