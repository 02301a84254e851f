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


def reports_until_end(
    gateway: Gateway, sync_id: str, sleep: Callable[[float], None] = time.sleep
) -> Iterator[dict[str, Any]]:
    """Yield the sync's report once a second; the last report is the end of the sync.

    Raises:
        GatewayAway: the gateway did not answer for a minute. The sync may still be running.
    """
    retries = 0
    while True:
        try:
            report = dict(gateway.get(f"/api/hemis/syncs/{sync_id}"))
        except GatewayAway:
            retries += 1
            if retries > _MAX_RETRIES:
                raise
        else:
            retries = 0
            yield report
            if progress_of(report).ended:
                return
        sleep(_POLL_SECONDS)
