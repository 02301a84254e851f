"""Signs of life: which services a running sync waits for in vain. Pure."""

from collections.abc import Mapping
from types import MappingProxyType

from libs.common.contracts.times import moment
from services.gateway.progress.projection import Projection

FETCHER = "fetcher"
LOADER = "loader"
SILENT_AFTER_MS = 20_000

Silence = Mapping[str, int | None]
NOBODY: Silence = MappingProxyType({})


def silent_services(projection: Projection, now: int) -> Silence:
    """Name the workers without a beat for 20 s, with their last one; None: not there at all."""
    heard = {service: projection.last_beat(service) for service in (FETCHER, LOADER)}
    return {
        service: at for service, at in heard.items() if at is None or now - at > SILENT_AFTER_MS
    }


def describe(silence: Silence) -> str:
    return " and ".join(_describe(service, at) for service, at in sorted(silence.items()))


def _describe(service: str, at: int | None) -> str:
    if at is None:
        return f"the {service} is not running"
    return f"no sign of life from the {service} since {moment(at):%H:%M:%S} UTC"
