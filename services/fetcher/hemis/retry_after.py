"""HEMIS's headers: how long it asks us to wait (``Retry-After``), what time it has (``Date``)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read ``Retry-After`` (RFC 9110 §10.2.3); None where it is missing or nonsense.

    A date is counted from HEMIS's own ``Date``, else from ours (``now``). A date that has passed
    and a number below zero are 0; the caller bounds it above.
    """
    asked = headers.get("Retry-After")
    if asked is None:
        return None
    try:
        seconds = float(asked)
    except ValueError:
        return _seconds_until(asked, sent_at(headers) or now)
    return max(seconds, 0.0) if seconds < float("inf") else None


def sent_at(headers: Mapping[str, str]) -> datetime | None:
    """Read ``Date``: HEMIS's clock, in whole seconds."""
    return _moment(headers.get("Date", ""))


def _seconds_until(date: str, now: datetime) -> float | None:
    moment = _moment(date)
    return max((moment - now).total_seconds(), 0.0) if moment else None


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
