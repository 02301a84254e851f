"""Which services are silent, so that a running sync cannot continue. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from libs.common.contracts.times import moment
from services.gateway.projection.heartbeats import SILENT_AFTER_MS, HeartbeatLog
from services.gateway.projection.sync_state import SyncState

FETCHER = "fetcher"
LOADER = "loader"
LOST_AFTER_MS = 600_000

Silence = Mapping[str, int | None]
"""Silent services, each with the time of its last heartbeat; None if there was none."""
NO_SILENCE: Silence = MappingProxyType({})


def silent_services(heartbeats: HeartbeatLog, now: int) -> Silence:
    """Return the fetcher and the loader if they sent no heartbeat for 20 s."""
    last = {service: heartbeats.last_at(service) for service in (FETCHER, LOADER)}
    return {service: at for service, at in last.items() if at is None or now - at > SILENT_AFTER_MS}


def stalled_since(sync: SyncState, silence: Silence) -> int:
    """Return since when a running sync has been stalled; unix milliseconds."""
    silent_since = min(sync.last_event_at if at is None else at for at in silence.values())
    return max(silent_since, sync.last_started_at)


def describe(silence: Silence) -> str:
    return " and ".join(_describe(service, at) for service, at in sorted(silence.items()))


def _describe(service: str, at: int | None) -> str:
    if at is None:
        return f"the {service} is not running"
    return f"no sign of life from the {service} since {moment(at):%H:%M:%S} UTC"
