"""Publishes the alerts that are raised and cleared; every gateway does."""

import logging
from collections.abc import Iterator

from libs.common.contracts.events import AlertCleared, AlertRaised
from libs.common.process.lifecycle import Stop
from services.gateway.alerts.conditions import Alert, AlertRules
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.errors import NotNow
from services.gateway.live.live_view import LiveView
from services.gateway.projection.alerts import AlertEvent
from services.gateway.projection.heartbeats import SILENT_AFTER_MS

logger = logging.getLogger(__name__)

_POLL_SECONDS = 5.0
# When all services start at once, the others need this long to send a heartbeat.
_GRACE_SECONDS = SILENT_AFTER_MS / 1000
# A gateway whose clock is behind must not clear an alert of another gateway.
_CLOCK_SKEW_MS = 30_000
_GATEWAY = "gateway"


class AlertPublisher:
    """Checks every few seconds; publishes no alert that any gateway has published before."""

    def __init__(self, rules: AlertRules, view: LiveView, publisher: CommandPublisher) -> None:
        self._rules = rules
        self._view = view
        self._publisher = publisher

    async def run(self, stop: Stop) -> None:
        await self._view.wait_until(lambda: self._view.caught_up)
        await stop.wait(_GRACE_SECONDS)
        while not stop.is_set():
            await self.run_once()
            await stop.wait(_POLL_SECONDS)

    async def run_once(self) -> None:
        """Check once; what Kafka does not confirm is published by the next check."""
        if not self._receives_own_heartbeats():
            return
        try:
            for event in self._new_events():
                await self._publisher.publish_event(event)
        except NotNow as error:
            logger.warning("alerts not published yet: %s", error)

    def _new_events(self) -> Iterator[AlertEvent]:
        projection, now = self._view.projection, self._view.now()
        alerts = self._rules.alerts(projection, now)
        for alert_id, alert in alerts.items():
            if not projection.alerts.is_known(alert_id):
                yield _raised(alert, alert_id, now)
        lasting = alerts.keys() | self._rules.alerts(projection, now + _CLOCK_SKEW_MS).keys()
        for raised in projection.alerts.active():
            if raised.alert_id not in lasting:
                yield _cleared(raised, now)

    def _receives_own_heartbeats(self) -> bool:
        """Return whether its own heartbeats are read back; without them it cannot judge others."""
        last_at = self._view.projection.heartbeats.last_at(_GATEWAY)
        return last_at is not None and self._view.now() - last_at <= SILENT_AFTER_MS


def _raised(alert: Alert, alert_id: str, now: int) -> AlertRaised:
    return AlertRaised(
        sync_id=alert.sync_id,
        resource=alert.resource,
        at=now,
        alert=alert.kind,
        detail=alert.detail,
        alert_id=alert_id,
    )


def _cleared(raised: AlertRaised, now: int) -> AlertCleared:
    return AlertCleared(
        sync_id=raised.sync_id,
        resource=raised.resource,
        at=now,
        alert=raised.alert,
        alert_id=raised.alert_id,
    )
