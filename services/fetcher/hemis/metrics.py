"""What is measured of the traffic with HEMIS, for ``/metrics``."""

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
    """Requests, how long they took, what they brought."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.clock_ahead_seconds: float | None = None
        self._requests = Counter(
            "hemis_fetcher_requests",
            "Requests to HEMIS, by what came of them: ok, an error's code, or dropped by a stop",
            ("outcome",),
            registry=registry,
        )
        # A counter that begins at its first event has no increase at that event.
        for outcome in (_OK, _DROPPED, *_ERRORS):
            self._requests.labels(outcome)
        self._duration = Histogram(
            "hemis_fetcher_request_duration_seconds",
            "From sending a request to having read the answer",
            buckets=_SECONDS,
            registry=registry,
        )
        self._bytes = Counter(
            "hemis_fetcher_response_bytes", "Bytes of HEMIS's answers, unpacked", registry=registry
        )
        self._clock = Gauge(
            "hemis_fetcher_clock_difference_seconds",
            "HEMIS's clock (its Date header, in whole seconds) less ours",
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
