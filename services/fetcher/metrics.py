"""Metrics of the fetcher, for ``/metrics``."""

from prometheus_client import CollectorRegistry, Counter

from libs.common.contracts.resources import Resource
from services.fetcher.syncs.published import Published


class Metrics:
    """Counters with labels; no label holds personal data."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"hemis_fetcher_{name}", text, labels, registry=registry)

        self._pages = counter("pages", "Pages by result: fetched or failed", "resource", "result")
        self._records = counter("records", "Records published", "resource")
        self._suppressed = counter("suppressed_records", "Records of erased people", "resource")
        self._retries = counter("retries", "Retries of requests", "reason")
        self._waited = counter(
            "waited_seconds", "Waits before retries, or because HEMIS asked to slow down", "reason"
        )

    def page_fetched(self, resource: Resource, published: Published) -> None:
        self._pages.labels(resource, "fetched").inc()
        self.records_published(resource, published)

    def page_failed(self, resource: Resource) -> None:
        self._pages.labels(resource, "failed").inc()

    def records_published(self, resource: Resource, published: Published) -> None:
        """Count records; those of erased people each time that HEMIS sends them."""
        self._records.labels(resource).inc(len(published.keys))
        self._suppressed.labels(resource).inc(len(published.suppressed))

    def retried(self, reason: str, seconds: float) -> None:
        self._retries.labels(reason).inc()
        self.waited(reason, seconds)

    def waited(self, reason: str, seconds: float) -> None:
        self._waited.labels(reason).inc(seconds)
