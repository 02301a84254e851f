"""Push: every reader of a resource's progress gets the newest state, at once and whole."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from libs.common.contracts.resources import Resource
from libs.common.process.lifecycle import Stop
from services.gateway.live.live_view import LiveView
from services.gateway.live.snapshots import Snapshot, Snapshots

HEARTBEAT = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class StreamTiming:
    """Seconds: between two events at least, between two looks at the clock, of silence at most."""

    least: float = 0.25
    tick: float = 1.0
    silence: float = 15.0


class _Channel:
    """The readers of one resource: all wait for the same turn, so nothing is queued for any."""

    def __init__(self) -> None:
        self.newest: Snapshot | None = None
        self.turn = asyncio.Event()
        self.closed = False

    def next_turn(self) -> None:
        self.turn.set()
        self.turn = asyncio.Event()


class ProgressStream:
    """What readers are sent; ``run`` wakes them until the stop, and then lets them go."""

    def __init__(self, view: LiveView, rhythm: StreamTiming | None = None) -> None:
        self.snapshots = Snapshots(view)
        self._view = view
        self._rhythm = rhythm or StreamTiming()
        self._channels = {resource: _Channel() for resource in Resource}

    async def read(self, resource: Resource) -> AsyncIterator[bytes]:
        """Yield the whole object, then every change of it; heartbeats while there is none.

        Before the topics are read there are heartbeats only: a browser that is refused would not
        come back by itself.
        """
        channel = self._channels[resource]
        newest = self.snapshots.of(resource) if self._view.caught_up else None
        sent = b""
        while not channel.closed:
            turn = channel.turn
            if newest is None or newest.event == sent:
                yield HEARTBEAT
            else:
                sent = newest.event
                yield sent
            await turn.wait()
            newest = channel.newest

    async def run(self, stop: Stop) -> None:
        async with asyncio.TaskGroup() as group:
            for resource in Resource:
                group.create_task(self._push(resource, stop))

    async def _push(self, resource: Resource, stop: Stop) -> None:
        channel, loop = self._channels[resource], asyncio.get_running_loop()
        spoke_at = loop.time()
        while not stop.is_set():
            changes = self._view.changes
            if self._has_news(resource) or loop.time() - spoke_at >= self._rhythm.silence:
                channel.next_turn()
                spoke_at = loop.time()
            await stop.wait(self._rhythm.least)
            await self._view.changed(changes, self._rhythm.tick)
        channel.closed = True
        channel.next_turn()

    def _has_news(self, resource: Resource) -> bool:
        if not self._view.caught_up:
            return False
        channel, snapshot = self._channels[resource], self.snapshots.of(resource)
        is_news = channel.newest is None or channel.newest.event != snapshot.event
        channel.newest = snapshot
        return is_news
