"""What Prometheus can ask the loader."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """Counters of one process."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.records = Counter(
            "hemis_loader_records", "Records loaded, by resource", ["resource"], registry=registry
        )
        self.rejected = Counter(
            "hemis_loader_rejected", "Records rejected, by code", ["code"], registry=registry
        )
        self.outages = Counter(
            "hemis_loader_outages", "Waits for something away, by kind", ["kind"], registry=registry
        )
        self.batch_seconds = Histogram(
            "hemis_loader_batch_seconds", "Time to load one batch", registry=registry
        )
