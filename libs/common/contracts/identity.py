"""Sync ids that make asking twice the same as asking once (architecture §3.1)."""

import uuid

from libs.common.contracts.resources import Resource

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "hemis-sync")


def _named(*parts: str) -> str:
    # A separator that no part can hold, so that ("a", "bc") and ("ab", "c") stay apart.
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))


def random_sync_id() -> str:
    return str(uuid.uuid4())


def requested_sync_id(prefix: str, resource: Resource, idempotency_key: str) -> str:
    return _named("request", prefix, resource, idempotency_key)


def scheduled_sync_id(resource: Resource, cron: str, zone: str, local_minute: str) -> str:
    """Name a tick's sync by its local wall-clock minute, so that a DST fold makes one of two."""
    return _named("tick", resource, cron, zone, local_minute)


def healing_sync_id(prefix: str, resource: Resource, key: str, asked: int) -> str:
    """Name the sync that fetches one record again; ``asked`` counts the requests so far."""
    return _named("heal", prefix, resource, key, str(asked))
