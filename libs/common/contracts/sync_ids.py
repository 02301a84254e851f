"""Derives sync ids from requests, so that the same request twice means one sync."""

import hmac
import uuid
from hashlib import sha256

from libs.common.contracts.resources import Resource

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "hemis-sync")
_FINGERPRINT_DIGITS = 32


def _named(*parts: str) -> str:
    # No part contains the separator, so ("a", "bc") and ("ab", "c") have different ids.
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))


def random_sync_id() -> str:
    return str(uuid.uuid4())


def requested_sync_id(prefix: str, resource: Resource, idempotency_key: str) -> str:
    return _named("request", prefix, resource, idempotency_key)


def request_fingerprint(idempotency_key: str, *request: object) -> str:
    """Hash a request with its secret key, to detect another request under the same key."""
    text = "\x1f".join(map(str, request)).encode()
    return hmac.new(idempotency_key.encode(), text, sha256).hexdigest()[:_FINGERPRINT_DIGITS]


def scheduled_sync_id(resource: Resource, cron: str, zone: str, local_minute: str) -> str:
    """Derive a tick's id from its local minute: one id when the clock is set back an hour."""
    return _named("tick", resource, cron, zone, local_minute)


def retried_sync_id(prefix: str, dead_letter_id: str, retry: int) -> str:
    """Derive the id of one retry: the same from two clicks, and from two gateways."""
    return _named("retry", prefix, dead_letter_id, str(retry))


def alert_id(prefix: str, alert: str, resource: Resource, occasion: str) -> str:
    """Derive the id of an alert: the same from every gateway that raises it."""
    return _named("alert", prefix, alert, resource, occasion)


def refetch_sync_id(prefix: str, resource: Resource, key: str, requests: int) -> str:
    """Derive the id of the sync that fetches one record again, after this many ``requests``."""
    return _named("heal", prefix, resource, key, str(requests))
