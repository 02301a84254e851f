"""Follow a sync to its end, also over a restart of the gateway."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from libs.cli.errors import GatewayAway
from libs.cli.gateway import Gateway
from libs.cli.progress import Progress

_LOOK_SECONDS = 1.0
# About a minute: longer than a restart takes.
_MOST_LOOKS_IN_VAIN = 60


class Watch:
    """Looks once a second; ``sleep`` is handed in, so that tests need not wait."""

    def __init__(self, gateway: Gateway, sleep: Callable[[float], None] = time.sleep) -> None:
        self._gateway = gateway
        self._sleep = sleep

    def sync(self, sync_id: str) -> Iterator[dict[str, Any]]:
        """Give the sync's report again and again; the last one is its end.

        Raises:
            GatewayAway: for a minute; the sync may go on all the same.
        """
        while True:
            report = self._patiently(f"/api/hemis/syncs/{sync_id}")
            yield report
            if shown(report).ended:
                return
            self._sleep(_LOOK_SECONDS)

    def _patiently(self, path: str) -> dict[str, Any]:
        for _ in range(_MOST_LOOKS_IN_VAIN):
            try:
                return dict(self._gateway.get(path))
            except GatewayAway:
                self._sleep(_LOOK_SECONDS)
        return dict(self._gateway.get(path))


def shown(report: object) -> Progress:
    return msgspec.convert(report, Progress)
