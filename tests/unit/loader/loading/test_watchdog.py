"""A loader whose offsets do not move without a reason is stopped."""

from collections.abc import Callable
from typing import cast

import pytest
from prometheus_client import CollectorRegistry

from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from libs.common.kafka.ports import Partition
from libs.common.postgres.pool import POSTGRES
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.loader.errors import DatabaseAway, LoaderStuck
from services.loader.loading.outages import Outages
from services.loader.loading.watchdog import LagProbe, StallDetector, Watchdog
from services.loader.metrics import Metrics

HERE = Partition("hemis.students", 0)
THERE = Partition("hemis.students", 1)

Lags = dict[Partition, tuple[int, int]]


class WatchedLoader:
    """A loader with two partitions and a fake clock, stuck after ten seconds without progress."""

    def __init__(self) -> None:
        self.now = 0.0
        self.lags: Lags = {HERE: (5, 5), THERE: (0, 100)}
        self.away = False
        self.paused: set[Partition] = set()
        self.registry = CollectorRegistry()
        metrics = Metrics(self.registry)
        self.outages = Outages(Readiness((KAFKA, POSTGRES), Stop()), metrics)
        source = cast("LagProbe", self)
        self.watchdog = Watchdog(source, self.outages, metrics, self, stall_seconds=10)

    def monotonic(self) -> float:
        return self.now

    def now_ms(self) -> int:
        return int(self.now * 1000)

    async def positions(self) -> Lags:
        if self.away:
            raise KafkaUnavailable("no answer")
        return self.lags

    def is_readable(self, partition: Partition) -> bool:
        return partition not in self.paused

    async def watch(self, meanwhile: Callable[[], None], seconds: int = 30) -> None:
        """Check every five seconds."""
        for _ in range(0, seconds, 5):
            meanwhile()
            await self.watchdog.step()
            self.now += 5


async def test_a_loader_whose_offsets_do_not_move_is_stuck() -> None:
    loader = WatchedLoader()

    with pytest.raises(LoaderStuck, match=r"hemis\.students-1$"):
        await loader.watch(lambda: None)

    assert loader.now == 10


async def test_a_loader_that_moves_slowly_is_not_stuck() -> None:
    loader = WatchedLoader()

    def move() -> None:
        at, end = loader.lags[THERE]
        loader.lags[THERE] = (at + 1, end + 100)

    await loader.watch(move)


async def test_without_lag_nothing_is_a_stall() -> None:
    loader = WatchedLoader()
    loader.lags[THERE] = (100, 100)

    await loader.watch(lambda: None)


async def test_a_recreated_topic_that_is_not_read_is_a_stall() -> None:
    loader = WatchedLoader()
    loader.lags[THERE] = (100, 30)

    with pytest.raises(LoaderStuck, match=r"hemis\.students-1$"):
        await loader.watch(lambda: None)


async def test_a_paused_topic_is_no_stall() -> None:
    loader = WatchedLoader()
    loader.paused = {THERE}

    await loader.watch(lambda: None)


async def test_an_outage_of_kafka_is_no_stall() -> None:
    loader = WatchedLoader()
    loader.away = True

    await loader.watch(lambda: None)


async def test_an_outage_of_postgresql_is_no_stall() -> None:
    loader = WatchedLoader()

    await loader.watch(lambda: loader.outages.report(DatabaseAway("locked")))


async def test_after_an_outage_the_time_limit_starts_again() -> None:
    loader = WatchedLoader()
    await loader.watch(lambda: None, 10)
    loader.away = True
    await loader.watch(lambda: None, 10)
    loader.away = False

    await loader.watch(lambda: None, 10)


async def test_a_partition_that_another_loader_took_over_is_not_watched() -> None:
    detector = StallDetector(10)
    detector.stalled(0, {HERE: 5, THERE: 0})
    detector.stalled(5, {HERE: 5})

    assert detector.stalled(10, {HERE: 5, THERE: 0}) == [HERE]


async def test_the_lag_metric_is_set() -> None:
    loader = WatchedLoader()

    await loader.watchdog.step()
    loader.lags = {THERE: (40, 100)}
    await loader.watchdog.step()

    def shown(partition: Partition) -> float | None:
        labels = {"topic": partition.topic, "partition": str(partition.partition)}
        return loader.registry.get_sample_value("hemis_loader_lag_records", labels)

    assert (shown(HERE), shown(THERE)) == (None, 60)


async def test_waits_for_the_database_are_counted() -> None:
    loader = WatchedLoader()
    tries = [DatabaseAway("starting up"), None]

    async def attempt() -> None:
        error = tries.pop(0)
        if error:
            raise error

    await loader.outages.wait_for_database(attempt)

    reason = {"reason": "DatabaseAway"}
    assert loader.registry.get_sample_value("hemis_loader_retries_total", reason) == 1
    assert loader.outages.database_failures == 1
