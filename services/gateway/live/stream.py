"""Progress as bytes, and as a stream of server-sent events to any number of readers."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi.sse import format_sse_event

from libs.common.contracts.resources import Resource
from libs.common.process.lifecycle import Stop
from services.gateway.live.live_view import LiveView
from services.gateway.views.progress import progress_of

EVENT = "progress"
HEARTBEAT = b": still here\n\n"


@dataclass(frozen=True, slots=True)
class RenderedProgress:
    """One resource's progress at a moment."""

    body: bytes
    """The object as JSON."""
    event: bytes
    """The same object as a server-sent event."""


class ProgressRenderer:
    """Renders progress once for every change and every second, however many readers there are.

    Every second, because duration, remaining time and ``stalled`` depend on the clock.
    """

    def __init__(self, view: LiveView) -> None:
        self._view = view
        self._cache: dict[Resource, tuple[tuple[int, int], RenderedProgress]] = {}

    def of(self, resource: Resource) -> RenderedProgress:
        key = (self._view.revision, self._view.now() // 1000)
        cached = self._cache.get(resource)
        if cached is None or cached[0] != key:
            cached = self._cache[resource] = (key, self._render(resource))
        return cached[1]

    def _render(self, resource: Resource) -> RenderedProgress:
        text = progress_of(self._view.current_snapshot(resource)).model_dump_json()
        # A reader that returns gets the whole object, so the id only has to change with it.
        event_id = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        event = format_sse_event(event=EVENT, data_str=text, id=event_id)
        return RenderedProgress(text.encode(), event)


@dataclass(frozen=True, slots=True)
class StreamTiming:
    """Seconds: at least between two events, at most between two looks, at most of silence."""

    min_interval: float = 0.25
    poll_interval: float = 1.0
    max_silence: float = 15.0


class _Channel:
    """The readers of one resource: all wait for the same event, so none has a queue."""

    def __init__(self) -> None:
        self.newest: RenderedProgress | None = None
        self.wakeup = asyncio.Event()
        self.closed = False

    def wake_readers(self) -> None:
        self.wakeup.set()
        self.wakeup = asyncio.Event()


class ProgressStream:
    """Sends every reader the newest progress; ``run`` wakes the readers until the stop."""

    def __init__(self, view: LiveView, timing: StreamTiming | None = None) -> None:
        self.renderer = ProgressRenderer(view)
        self._view = view
        self._timing = timing or StreamTiming()
        self._channels = {resource: _Channel() for resource in Resource}

    async def read(self, resource: Resource) -> AsyncIterator[bytes]:
        """Yield the whole object, then every change of it, and heartbeats in between.

        Until the topics are read there are only heartbeats: after an error a browser would not
        reconnect by itself.
        """
        channel = self._channels[resource]
        newest = self.renderer.of(resource) if self._view.caught_up else None
        sent = b""
        while not channel.closed:
            wakeup = channel.wakeup
            if newest is None or newest.event == sent:
                yield HEARTBEAT
            else:
                sent = newest.event
                yield sent
            await wakeup.wait()
            newest = channel.newest

    async def run(self, stop: Stop) -> None:
        async with asyncio.TaskGroup() as group:
            for resource in Resource:
                group.create_task(self._push(resource, stop))

    async def _push(self, resource: Resource, stop: Stop) -> None:
        channel, loop = self._channels[resource], asyncio.get_running_loop()
        sent_at = loop.time()
        while not stop.is_set():
            revision = self._view.revision
            if self._has_changed(resource) or loop.time() - sent_at >= self._timing.max_silence:
                channel.wake_readers()
                sent_at = loop.time()
            await stop.wait(self._timing.min_interval)
            await self._view.wait_for_change(revision, self._timing.poll_interval)
        channel.closed = True
        channel.wake_readers()

    def _has_changed(self, resource: Resource) -> bool:
        if not self._view.caught_up:
            return False
        channel, rendered = self._channels[resource], self.renderer.of(resource)
        changed = channel.newest is None or channel.newest.event != rendered.event
        channel.newest = rendered
        return changed
