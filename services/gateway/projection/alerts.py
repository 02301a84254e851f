"""Which alerts the topic shows as raised and cleared. Pure.

Every gateway publishes each of both, so the topic has duplicates: the first of each counts.
"""

from libs.common.contracts.events import AlertCleared, AlertRaised

AlertEvent = AlertRaised | AlertCleared


class AlertLog:
    """Gives the same answers for any order and any repetition of the same events."""

    def __init__(self) -> None:
        self._first: dict[tuple[type, str], tuple[int, AlertEvent]] = {}

    def add(self, event: AlertEvent, offset: int) -> bool:
        """Fold one event; return whether it is new."""
        known = self._first.get((type(event), event.alert_id))
        if known is None or offset < known[0]:
            self._first[type(event), event.alert_id] = (offset, event)
        return known is None

    def is_known(self, alert_id: str) -> bool:
        """Return whether the alert was ever raised: it is not raised again after it is over."""
        return (AlertRaised, alert_id) in self._first

    def active(self) -> list[AlertRaised]:
        """Return the alerts that were raised and not cleared, oldest first."""
        events = (event for _, event in sorted(self._first.values(), key=lambda pair: pair[0]))
        return [
            event
            for event in events
            if isinstance(event, AlertRaised) and (AlertCleared, event.alert_id) not in self._first
        ]

    def first_offset(self, event: AlertEvent) -> int | None:
        """Return the offset of the first event of this kind and id; None if none was read."""
        known = self._first.get((type(event), event.alert_id))
        return known[0] if known is not None else None

    def forget(self, before: int) -> None:
        """Drop events that the topic no longer keeps."""
        self._first = {
            name: (offset, event)
            for name, (offset, event) in self._first.items()
            if event.at >= before
        }
