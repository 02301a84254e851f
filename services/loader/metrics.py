"""The loader's Prometheus metrics."""

from collections import Counter as Tally
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Partition
from services.loader.records.decide import Effect
from services.loader.records.incoming import IncomingRecord

_RECORDS = (1, 10, 50, 100, 500, 1_000, 2_500, 5_000, 10_000, 100_000)
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The metrics of one process; docs/metrics.md lists them."""

    def __init__(self, registry: CollectorRegistry) -> None:
        counter, histogram = partial(_counter, registry), partial(_histogram, registry)
        labels = ("resource", "outcome")
        text = "Records of committed batches, by what they did to their row"
        self._rows = counter("rows", text, *labels)
        # Starts each series at 0: Prometheus sees no increase in the first sample of a series.
        for resource, effect in product(Resource, Effect):
            self._rows.labels(resource, effect)
        text = "Records that became dead letters, by reject code"
        self._rejects = counter("rejects", text, "resource", "code")
        text = "Failed attempts to claim or load that were retried, by error"
        self.retries = counter("retries", text, "reason")
        text = "Loaded records that have a field unknown to the mapping"
        self._unknown_fields = counter("drifted_records", text, "resource")
        text = "NUL characters in loaded records, replaced by U+FFFD"
        self._nuls = counter("nul_characters", text, "resource")
        self._batch_records = histogram("batch_records", "Records in a committed batch", _RECORDS)
        text = "Seconds from the begin to the commit or rollback of a batch's transaction"
        self.batch_seconds = histogram("batch_seconds", text, _SECONDS)
        text = "Offsets not loaded yet, up to the end of each partition that this loader holds"
        labels = ("topic", "partition")
        self._lag = Gauge("hemis_loader_lag_records", text, labels, registry=registry)

    def committed(self, effects: Iterable[tuple[IncomingRecord, Effect]]) -> None:
        """Count a committed batch."""
        rows: Tally[tuple[str, str]] = Tally()
        rejects: Tally[tuple[str, str]] = Tally()
        for record, effect in effects:
            rows[record.resource, effect] += 1
            if record.refused is not None:
                rejects[record.resource, record.refused.code] += 1
            elif record.replaced_nuls or record.unknown_fields:
                self._nuls.labels(record.resource).inc(record.replaced_nuls)
                self._unknown_fields.labels(record.resource).inc(bool(record.unknown_fields))
        for labels, number in rows.items():
            self._rows.labels(*labels).inc(number)
        for labels, number in rejects.items():
            self._rejects.labels(*labels).inc(number)
        self._batch_records.observe(rows.total())

    def lags(self, lags: Mapping[Partition, int]) -> None:
        """Set the lag of each partition; drops the series of partitions that were lost."""
        self._lag.clear()
        for partition, lag in lags.items():
            self._lag.labels(partition.topic, partition.partition).set(lag)


def _counter(registry: CollectorRegistry, name: str, text: str, *labels: str) -> Counter:
    return Counter(f"hemis_loader_{name}", text, labels, registry=registry)


def _histogram(
    registry: CollectorRegistry, name: str, text: str, buckets: Sequence[float]
) -> Histogram:
    return Histogram(f"hemis_loader_{name}", text, buckets=buckets, registry=registry)
