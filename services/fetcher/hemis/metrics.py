"""Metrics of the requests to HEMIS, for ``/metrics``."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from services.fetcher.hemis.errors import HemisError

_OK = "ok"
_DROPPED = "dropped"
_ERRORS = (
    *("unavailable", "rate_limited", "malformed", "auth", "permission"),
    *("not_found", "rejected", "tls", "address"),
)
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class HemisMetrics:
    """Counts requests, their duration and the bytes of their answers."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.clock_ahead_seconds: float | None = None
        self._requests = Counter(
            "hemis_fetcher_requests",
            "Requests to HEMIS by outcome: ok, the error's code, or dropped (cancelled by a stop)",
            ("outcome",),
            registry=registry,
        )
        # Prometheus sees no increase in a counter that first appears at its first event.
        for outcome in (_OK, _DROPPED, *_ERRORS):
            self._requests.labels(outcome)
        self._duration = Histogram(
            "hemis_fetcher_request_duration_seconds",
            "Time from sending a request to having read the answer",
            buckets=_SECONDS,
            registry=registry,
        )
        self._bytes = Counter(
            "hemis_fetcher_response_bytes",
            "Bytes of HEMIS's answers, decompressed",
            registry=registry,
        )
        self._clock = Gauge(
            "hemis_fetcher_clock_difference_seconds",
            "HEMIS's clock (its Date header, in whole seconds) minus ours",
            registry=registry,
        )

    @contextmanager
    def request(self) -> Iterator[None]:
        """Measure one request, and count it by its outcome."""
        outcome = _DROPPED
        try:
            with self._duration.time():
                yield
            outcome = _OK
        except HemisError as error:
            outcome = error.code
            raise
        finally:
            self._requests.labels(outcome).inc()

    def received(self, size: int) -> None:
        self._bytes.inc(size)

    def clock_differs(self, seconds: float) -> None:
        self._clock.set(seconds)
        self.clock_ahead_seconds = seconds
