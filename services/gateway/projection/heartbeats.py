"""The heartbeats of all processes. Pure: the time is an argument."""

from collections.abc import Iterable
from typing import NamedTuple

from libs.common.contracts.heartbeats import ENDED, STANDBY, Beat

SILENT_AFTER_MS = 20_000


class ReceivedBeat(NamedTuple):
    """The last heartbeat of one process; ``at`` is its time, capped at the time it was read.

    Without the cap a clock that runs ahead would keep a dead process alive.
    """

    beat: Beat
    at: int

    def is_alive(self, now: int) -> bool:
        return self.beat.state != ENDED and now - self.at <= SILENT_AFTER_MS


class HeartbeatLog:
    """Keeps the last heartbeat of each process; times are unix milliseconds."""

    def __init__(self) -> None:
        self._newest: dict[str, ReceivedBeat] = {}
        self._first_at: dict[str, int] = {}
        self._active_at: dict[str, int] = {}
        """By service: the last heartbeat of a process that was not on standby."""

    def add(self, instance: str, beat: Beat | None, now: int) -> None:
        """Note a heartbeat read at ``now``; None means that the process stopped gracefully."""
        if beat is None:
            self._newest.pop(instance, None)
            self._first_at.pop(instance, None)
            return
        at = min(beat.at, now)
        self._newest[instance] = ReceivedBeat(beat, at)
        self._first_at.setdefault(instance, at)
        if beat.state != STANDBY:
            self._active_at[beat.service] = max(at, self._active_at.get(beat.service, 0))

    def all(self) -> Iterable[ReceivedBeat]:
        """Return the last heartbeat of every process that did not stop gracefully."""
        return self._newest.values()

    def last_at(self, service: str) -> int | None:
        """Return the time of a service's last heartbeat that counts; None without one.

        A standby counts only as long as a takeover may last: from its own start, or from the last
        heartbeat of the active process.
        """
        living = (
            received
            for received in self._newest.values()
            if received.beat.service == service and received.beat.state != ENDED
        )
        return max(map(self._counted_at, living), default=None)

    def _counted_at(self, received: ReceivedBeat) -> int:
        beat, at = received
        if beat.state != STANDBY:
            return at
        takeover_from = self._active_at.get(beat.service, 0)
        return min(at, max(self._first_at.get(beat.instance, at), takeover_from))

    def forget(self, before: int) -> None:
        """Drop processes without a heartbeat since ``before``."""
        self._newest = {name: one for name, one in self._newest.items() if one.at >= before}
        self._first_at = {name: self._first_at[name] for name in self._newest}
