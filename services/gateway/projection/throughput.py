"""How fast records reach the tables, from the last minute of a sync's own events. Pure."""

WINDOW_SECONDS = 60


class Throughput:
    """The greatest count of each second, for the newest minute of the newest database epoch."""

    __slots__ = ("_counts", "_epoch")

    def __init__(self) -> None:
        self._epoch = 0
        self._counts: dict[int, int] = {}

    def add(self, epoch: int, at: int, count: int) -> None:
        """Take a running total; ``at`` in unix milliseconds."""
        if epoch > self._epoch:
            self._epoch = epoch
            self._counts = {}
        if epoch < self._epoch:
            return
        second = at // 1000
        self._counts[second] = max(count, self._counts.get(second, 0))
        if len(self._counts) > 2 * WINDOW_SECONDS:
            self._counts = self._newest()

    def per_second(self) -> float:
        """Records a second over the window; 0 until two seconds are known."""
        counts = self._newest()
        first, last = min(counts, default=0), max(counts, default=0)
        return max(0.0, (counts[last] - counts[first]) / (last - first)) if last > first else 0.0

    def _newest(self) -> dict[int, int]:
        end = max(self._counts, default=0)
        return {
            second: count for second, count in self._counts.items() if second > end - WINDOW_SECONDS
        }
