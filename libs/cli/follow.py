"""Follows a sync to its end, also while the gateway restarts."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from libs.cli.errors import GatewayAway
from libs.cli.gateway import Gateway
from libs.cli.progress import progress_of

_POLL_SECONDS = 1.0
# About a minute: longer than a restart takes.
_MAX_RETRIES = 60


class SyncFollower:
    """Polls the gateway once a second. Tests pass their own ``sleep``."""

    def __init__(self, gateway: Gateway, sleep: Callable[[float], None] = time.sleep) -> None:
        self._gateway = gateway
        self._sleep = sleep

    def reports(self, sync_id: str) -> Iterator[dict[str, Any]]:
        """Yield the sync's report at each poll; the last report is the end of the sync.

        Raises:
            GatewayAway: the gateway did not answer for a minute. The sync may still be running.
        """
        while True:
            report = self._report(f"/api/hemis/syncs/{sync_id}")
            yield report
            if progress_of(report).ended:
                return
            self._sleep(_POLL_SECONDS)

    def _report(self, path: str) -> dict[str, Any]:
        for _ in range(_MAX_RETRIES):
            try:
                return dict(self._gateway.get(path))
            except GatewayAway:
                self._sleep(_POLL_SECONDS)
        return dict(self._gateway.get(path))
