"""Which alerts the topic says were raised and cleared. Pure.

Every gateway says each of both, so all is said several times: the first word of each counts.
"""

from libs.common.contracts.events import AlertCleared, AlertRaised

AlertEvent = AlertRaised | AlertCleared


class AlertLog:
    """Any order and any repetition of the same events gives the same answers."""

    def __init__(self) -> None:
        self._first: dict[tuple[type, str], tuple[int, AlertEvent]] = {}

    def add(self, event: AlertEvent, place: int) -> bool:
        """Fold one in; tell whether it said anything new. ``place`` is its offset."""
        known = self._first.get((type(event), event.alert_id))
        if known is None or place < known[0]:
            self._first[type(event), event.alert_id] = (place, event)
        return known is None

    def is_known(self, alert_id: str) -> bool:
        """Tell whether it was ever raised: over or not, it is not raised again."""
        return (AlertRaised, alert_id) in self._first

    def standing(self) -> list[AlertRaised]:
        """Give the alerts that were raised and not cleared, oldest first."""
        events = (event for _, event in sorted(self._first.values(), key=lambda pair: pair[0]))
        return [
            event
            for event in events
            if isinstance(event, AlertRaised) and (AlertCleared, event.alert_id) not in self._first
        ]

    def first_place(self, event: AlertEvent) -> int | None:
        """Tell where this was said first; None where it was not read yet."""
        known = self._first.get((type(event), event.alert_id))
        return known[0] if known is not None else None

    def forget(self, before: int) -> None:
        """Drop what the topic has dropped."""
        self._first = {
            name: (place, event)
            for name, (place, event) in self._first.items()
            if event.at >= before
        }
