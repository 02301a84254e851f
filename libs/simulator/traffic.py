"""Requests as HEMIS counts them: the limit per address, and a log that tests can read."""

from collections import Counter, deque
from collections.abc import Callable
from itertools import islice

import msgspec

_WINDOW_SECONDS = 1.0


class RateLimit:
    """At most so many requests of one address in any second; refused ones do not count."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._accepted: dict[str, deque[float]] = {}

    def accepts(self, address: str, per_second: int) -> bool:
        now = self._monotonic()
        times = self._accepted.setdefault(address, deque())
        while times and times[0] <= now - _WINDOW_SECONDS:
            times.popleft()
        if len(times) >= per_second:
            return False
        times.append(now)
        return True


class LoggedRequest(msgspec.Struct, frozen=True):
    path: str
    query: str
    started: float
    """Unix seconds."""
    ended: float
    """Unix seconds: the last bytes were about to be handed to the network."""
    status: int
    """0 where the client went away."""
    faults: tuple[str, ...] = ()
    """Kinds of the faults that struck it."""


class RequestLog:
    """The last requests, and counts of all."""

    def __init__(self, remembered: int = 10_000) -> None:
        self._requests: deque[LoggedRequest] = deque(maxlen=remembered)
        self._by_status: Counter[int] = Counter()
        self._by_path: Counter[str] = Counter()

    def add(self, request: LoggedRequest) -> None:
        self._requests.append(request)
        self._by_status[request.status] += 1
        self._by_path[request.path] += 1

    def last(self, requests: int) -> list[LoggedRequest]:
        """Oldest first."""
        skipped = max(len(self._requests) - max(requests, 0), 0)
        return list(islice(self._requests, skipped, None))

    def total(self) -> int:
        return self._by_status.total()

    def summary(self) -> dict[str, object]:
        newest = self._requests[-1] if self._requests else None
        return {
            "total": self.total(),
            "by_status": self._by_status,
            "by_path": self._by_path,
            "last": newest,
        }
