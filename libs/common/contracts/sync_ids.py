"""Derives sync ids, so that asking twice is the same as asking once."""

import hmac
import uuid
from hashlib import sha256

from libs.common.contracts.resources import Resource

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "hemis-sync")
_FINGERPRINT_DIGITS = 32


def _named(*parts: str) -> str:
    # A separator that no part can hold, so that ("a", "bc") and ("ab", "c") stay apart.
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))


def random_sync_id() -> str:
    return str(uuid.uuid4())


def requested_sync_id(prefix: str, resource: Resource, idempotency_key: str) -> str:
    return _named("request", prefix, resource, idempotency_key)


def request_fingerprint(idempotency_key: str, *asked: object) -> str:
    """Hash a request, so that another request under the same key is noticed. The key is secret."""
    text = "\x1f".join(map(str, asked)).encode()
    return hmac.new(idempotency_key.encode(), text, sha256).hexdigest()[:_FINGERPRINT_DIGITS]


def scheduled_sync_id(resource: Resource, cron: str, zone: str, local_minute: str) -> str:
    """Name a tick's sync by its local wall-clock minute, so that a DST fold makes one of two."""
    return _named("tick", resource, cron, zone, local_minute)


def retried_sync_id(prefix: str, dead_letter_id: str, retry: int) -> str:
    """Name the sync of one retry, so that two clicks, or two gateways, make one of it."""
    return _named("retry", prefix, dead_letter_id, str(retry))


def alert_id(prefix: str, alert: str, resource: Resource, occasion: str) -> str:
    """Name what is raised once, whichever gateway notices it, and however often."""
    return _named("alert", prefix, alert, resource, occasion)


def healing_sync_id(prefix: str, resource: Resource, key: str, asked: int) -> str:
    """Name the sync that fetches one record again; ``asked`` counts the requests so far."""
    return _named("heal", prefix, resource, key, str(asked))
