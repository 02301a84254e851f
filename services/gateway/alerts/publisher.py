"""Say on the topic what needs a person, and what no longer does. Every gateway does."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from libs.common.contracts.events import AlertCleared, AlertRaised
from libs.common.process.lifecycle import Stop
from services.gateway.alerts.conditions import Alert, alerts_of
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.errors import NotNow
from services.gateway.live.live_view import LiveView
from services.gateway.projection.alerts import AlertEvent
from services.gateway.views.liveness import SILENT_AFTER_MS

logger = logging.getLogger(__name__)

_LOOK_SECONDS = 5.0
# After a start of everything at once the others need as long to be heard.
_GRACE_SECONDS = SILENT_AFTER_MS / 1000
# A gateway whose clock is behind must not clear what another has rightly raised.
_CLOCK_SKEW_MS = 30_000
_GATEWAY = "gateway"


@dataclass(frozen=True, slots=True)
class AlertRules:
    """What counts as an alert: of which university, and how old is stale."""

    prefix: str
    stale_after_ms: int

    def alerts(self, view: LiveView, ahead_ms: int = 0) -> dict[str, Alert]:
        """Give what is wrong under its id: now, or a little later if nobody is heard till then."""
        found = alerts_of(view.projection, view.now() + ahead_ms, self.stale_after_ms)
        return {alert.named(self.prefix): alert for alert in found}


class AlertPublisher:
    """Looks every few seconds; what was said once, by whomever, is not said again."""

    def __init__(self, watch: AlertRules, view: LiveView, outbox: CommandPublisher) -> None:
        self._watch = watch
        self._view = view
        self._outbox = outbox

    async def run(self, stop: Stop) -> None:
        await self._view.until(lambda: self._view.caught_up)
        await stop.wait(_GRACE_SECONDS)
        while not stop.is_set():
            await self.look()
            await stop.wait(_LOOK_SECONDS)

    async def look(self) -> None:
        """Look once; what Kafka does not confirm is said again after the next look."""
        if not self._is_current():
            return
        try:
            for event in self._news():
                await self._outbox.say(event)
        except NotNow as error:
            logger.warning("alerts wait: %s", error)

    def _news(self) -> Iterator[AlertEvent]:
        alerted, now = self._view.projection.alerts, self._view.now()
        alerts = self._watch.alerts(self._view)
        for name, alert in alerts.items():
            if not alerted.is_known(name):
                yield _raised(alert, name, now)
        lasting = alerts.keys() | self._watch.alerts(self._view, _CLOCK_SKEW_MS).keys()
        for raised in alerted.standing():
            if raised.alert_id not in lasting:
                yield _cleared(raised, now)

    def _is_current(self) -> bool:
        """Tell whether our own beats come back: who cannot hear itself cannot judge others."""
        heard = self._view.projection.last_beat(_GATEWAY)
        return heard is not None and self._view.now() - heard <= SILENT_AFTER_MS


def _raised(alert: Alert, name: str, now: int) -> AlertRaised:
    return AlertRaised(
        sync_id=alert.sync_id,
        resource=alert.resource,
        at=now,
        alert=alert.kind,
        detail=alert.detail,
        alert_id=name,
    )


def _cleared(raised: AlertRaised, now: int) -> AlertCleared:
    return AlertCleared(
        sync_id=raised.sync_id,
        resource=raised.resource,
        at=now,
        alert=raised.alert,
        alert_id=raised.alert_id,
    )
