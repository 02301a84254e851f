"""Two fetchers write one log: no row goes back in time unnoticed."""

import json
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from enum import Enum, auto
from itertools import cycle
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.common.contracts.resources import Resource
from tests.integration.loader.loader_without_kafka import (
    LoaderWithoutKafka,
    Log,
    LoggedRecord,
    open_loader,
)

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

SYNCS = ("full", "single")


class Fault(Enum):
    """What happens to the loader."""

    RESTARTS = auto()
    """Before each batch."""
    REREAD = auto()
    """At the end, as where the topic was made anew."""


class FetcherWrite(NamedTuple):
    """A write of one of two fetchers, some seconds after its previous write."""

    fetcher: int
    wait_seconds: int
    student: int
    email: str | int | None
    """A number is another's; None is a tombstone."""
    sync_id: str


class WrittenRecord(NamedTuple):
    """A record in the log."""

    student: int
    email: str | int | None
    seconds: int
    sync_id: str

    @property
    def value(self) -> bytes | None:
        if self.email is None:
            return None
        # Of a wrong type, so that it is refused.
        email = self.email if isinstance(self.email, str) else [self.email]
        return json.dumps({"id": self.student, "email": email}).encode()


# How many records batches hold, by turns.
sizes = st.lists(st.integers(1, 5), min_size=1, max_size=3)
turns = st.lists(
    st.builds(
        FetcherWrite,
        fetcher=st.integers(0, 1),
        wait_seconds=st.integers(0, 3),
        student=st.integers(1, 2),
        email=st.sampled_from(["a", "a", "b", None, 0]),
        sync_id=st.sampled_from(SYNCS),
    ),
    max_size=12,
)


@pytest.fixture
async def loader(database_url: str) -> AsyncIterator[LoaderWithoutKafka]:
    async with open_loader(database_url) as loader:
        yield loader


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(turns, st.lists(st.integers(1, 5), min_size=1, max_size=3), st.sets(st.sampled_from(Fault)))
async def test_a_row_is_the_newest_record_or_its_key_is_fetched_again(
    loader: LoaderWithoutKafka, said: list[FetcherWrite], most: list[int], troubles: set[Fault]
) -> None:
    log, written = merged(said)
    await loader.begin(log)

    await load(loader, log, most, troubles)
    if Fault.REREAD in troubles:
        await loader.reread(log.place, len(log.records))
        await load(loader, log, most, troubles)

    rows = {row["hemis_id"]: row for row in await loader.rows("SELECT * FROM students")}
    refetches = {row["hemis_id"] for row in await loader.rows("SELECT hemis_id FROM wishes")}
    for student in {one.student for one in written} - refetches:
        truth = newest(written, student)
        assert (rows[student]["email"] if student in rows else None) == (truth and truth.email)
    for row in await loader.rows("SELECT * FROM syncs"):
        counts = [row[name] for name in ("inserted", "updated", "unchanged", "rejected")]
        assert min(counts) >= 0
        assert sum(counts) == len({w.student for w in written if w.sync_id == row["sync_id"]})


def merged(said: Sequence[FetcherWrite]) -> tuple[Log, list[WrittenRecord]]:
    """Let two fetchers write one log; only the times of each never go back."""
    clocks, log, written = [0, 0], Log(Resource.STUDENTS), []
    for turn in said:
        clocks[turn.fetcher] += turn.wait_seconds
        seconds = clocks[turn.fetcher]
        one = WrittenRecord(turn.student, turn.email, seconds, turn.sync_id)
        log.add(str(one.student), one.value, ce_time=seconds * 1000, sync_id=one.sync_id)
        written.append(one)
    return log, written


def newest(written: Sequence[WrittenRecord], student: int) -> WrittenRecord | None:
    """Name the newest record that can load, by its time and then by its place."""
    loadable = [w for w in written if w.student == student and not isinstance(w.email, int)]
    # Of equals, max() takes the first.
    return max(reversed(loadable), key=lambda one: one.seconds, default=None)


async def load(
    loader: LoaderWithoutKafka, log: Log, most: Sequence[int], troubles: Collection[Fault]
) -> None:
    place = 0
    for size in cycle(most):
        batch = log.records[place : place + size]
        if not batch:
            return
        place += size
        if Fault.RESTARTS in troubles:
            await loader.claim(log.place)
        before = await times(loader)
        await loader.load(batch)
        after = await times(loader)
        assert all(before[one] <= after[one] for one in before.keys() & after.keys() - gone(batch))


async def times(loader: LoaderWithoutKafka) -> dict[int, datetime]:
    rows = await loader.rows("SELECT hemis_id, fetched_at FROM students")
    return {row["hemis_id"]: row["fetched_at"] for row in rows}


def gone(batch: Sequence[LoggedRecord]) -> set[int]:
    """Name whose tombstone is among these: nothing is left of them that could go back."""
    return {int(record.key) for record in batch if record.value is None}
