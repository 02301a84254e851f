"""Reads the headers ``Retry-After`` and ``Date`` of an answer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read ``Retry-After`` (RFC 9110 §10.2.3); None if it is missing or invalid.

    A date counts from HEMIS's own ``Date``, or from ``now`` without one. A past date and a
    negative number are 0; there is no upper limit here.
    """
    value = headers.get("Retry-After")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        until = _moment(value)
        return max((until - (sent_at(headers) or now)).total_seconds(), 0.0) if until else None
    return max(seconds, 0.0) if seconds < float("inf") else None


def sent_at(headers: Mapping[str, str]) -> datetime | None:
    """Read ``Date``: HEMIS's clock, in whole seconds."""
    return _moment(headers.get("Date", ""))


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
