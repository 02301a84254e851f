"""What Prometheus can ask the loader."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Partition
from services.loader.records.decide import Effect
from services.loader.records.incoming import IncomingRecord

_RECORDS = (1, 10, 50, 100, 500, 1_000, 2_500, 5_000, 10_000, 100_000)
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counters of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"hemis_loader_{name}", text, labels, registry=registry)

        def histogram(name: str, text: str, buckets: Sequence[float]) -> Histogram:
            return Histogram(f"hemis_loader_{name}", text, buckets=buckets, registry=registry)

        self._rows = counter(
            "rows", "Records whose fate is committed, by outcome", "resource", "outcome"
        )
        # A counter that begins at its first event has no increase at that event.
        for resource, effect in product(Resource, Effect):
            self._rows.labels(resource, effect)
        self._rejects = counter("rejects", "Records that can never load", "resource", "code")
        self.retries = counter("retries", "Batches and claims tried again, by reason", "reason")
        self._drifted = counter(
            "drifted_records", "Records with fields that are none we know", "resource"
        )
        self._nuls = counter("nul_characters", "NUL characters that became U+FFFD", "resource")
        self._batch_records = histogram("batch_records", "Records of a committed batch", _RECORDS)
        self.batch_seconds = histogram("batch_seconds", "Time of one transaction", _SECONDS)
        self._lag = Gauge(
            "hemis_loader_lag_records",
            "Offsets between what is loaded and the log's end, on the partitions held",
            ("topic", "partition"),
            registry=registry,
        )

    def committed(self, effects: Iterable[tuple[IncomingRecord, Effect]]) -> None:
        """Count what a batch did, once it is committed."""
        rows: Tally[tuple[str, str]] = Tally()
        rejects: Tally[tuple[str, str]] = Tally()
        for record, effect in effects:
            rows[record.resource, effect] += 1
            if record.refused is not None:
                rejects[record.resource, record.refused.code] += 1
            elif record.nuls or record.unknown:
                self._nuls.labels(record.resource).inc(record.nuls)
                self._drifted.labels(record.resource).inc(bool(record.unknown))
        for labels, number in rows.items():
            self._rows.labels(*labels).inc(number)
        for labels, number in rejects.items():
            self._rejects.labels(*labels).inc(number)
        self._batch_records.observe(rows.total())

    def lags(self, lags: Mapping[Partition, int]) -> None:
        """Show these partitions' lags, and no longer those of partitions that were lost."""
        self._lag.clear()
        for partition, lag in lags.items():
            self._lag.labels(partition.topic, partition.partition).set(lag)
