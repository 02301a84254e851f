"""Progress as bytes: made once for every change and second, however many ask."""

import hashlib
from dataclasses import dataclass

from fastapi.sse import format_sse_event

from libs.common.contracts.resources import Resource
from services.gateway.live.live_view import LiveView

EVENT = "progress"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One resource's progress at a moment."""

    body: bytes
    """The object as JSON."""
    event: bytes
    """The same as a server-sent event."""


class Snapshots:
    """The second counts, since duration, rest of the way and ``stalled`` change by the clock."""

    def __init__(self, view: LiveView) -> None:
        self._view = view
        self._newest: dict[Resource, tuple[tuple[int, int], Snapshot]] = {}

    def of(self, resource: Resource) -> Snapshot:
        moment = (self._view.changes, self._view.now() // 1000)
        newest = self._newest.get(resource)
        if newest is None or newest[0] != moment:
            newest = self._newest[resource] = (moment, self._take(resource))
        return newest[1]

    def _take(self, resource: Resource) -> Snapshot:
        text = self._view.progress(resource).model_dump_json()
        # A returning reader gets the whole object anyway: all the id must do is change with it.
        name = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
        event = format_sse_event(event=EVENT, data_str=text, id=name)
        return Snapshot(text.encode(), event)
