"""Signs of life: which services a running sync waits for in vain. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from libs.common.contracts.times import moment
from services.gateway.projection.projection import Projection
from services.gateway.projection.sync_state import SyncState

FETCHER = "fetcher"
LOADER = "loader"
SILENT_AFTER_MS = 20_000
LOST_AFTER_MS = 600_000

Silence = Mapping[str, int | None]
NOBODY: Silence = MappingProxyType({})


def silent_services(projection: Projection, now: int) -> Silence:
    """Name the workers without a beat for 20 s, with their last one; None: not there at all."""
    heard = {service: projection.last_beat(service) for service in (FETCHER, LOADER)}
    return {
        service: at for service, at in heard.items() if at is None or now - at > SILENT_AFTER_MS
    }


def stalled_since(sync: SyncState, silence: Silence) -> int:
    """Tell since when a running sync waits in vain; unix milliseconds."""
    gone = min(sync.last_at if at is None else at for at in silence.values())
    return max(gone, sync.last_started_at)


def describe(silence: Silence) -> str:
    return " and ".join(_describe(service, at) for service, at in sorted(silence.items()))


def _describe(service: str, at: int | None) -> str:
    if at is None:
        return f"the {service} is not running"
    return f"no sign of life from the {service} since {moment(at):%H:%M:%S} UTC"
