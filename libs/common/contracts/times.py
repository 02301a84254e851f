"""Times on the wire: unix milliseconds in our messages, RFC 3339 UTC in the records' headers."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def rfc3339(milliseconds: int) -> str:
    """Write ``2026-11-23T01:00:25.123Z``."""
    return moment(milliseconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(milliseconds: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=milliseconds)


def milliseconds_of(text: str) -> int:
    """Read an RFC 3339 time back into unix milliseconds.

    Raises:
        ValueError: not such a time, or one without its zone.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return milliseconds(at)


def milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)
