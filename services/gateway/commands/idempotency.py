"""Idempotency keys: the same request gets the same sync, another request is refused.

Follows draft-ietf-httpapi-idempotency-key-header. Each resource has keys of its own, and so have
full syncs and single records (decision 10).
"""

from libs.common.contracts.commands import WantedRecord
from libs.common.contracts.enums import Mode
from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import request_fingerprint, requested_sync_id
from services.gateway.errors import KeyReused
from services.gateway.projection.sync_state import SyncState


def sync_id_of(prefix: str, resource: Resource, key: str | None, kind: str = "sync") -> str | None:
    """Return the sync id that belongs to a key; None without one."""
    return requested_sync_id(prefix, resource, f"{kind}/{key}") if key else None


def fingerprint(asked: Mode | WantedRecord, key: str | None) -> str:
    """Return what tells requests under one key apart; empty without a key."""
    if not key:
        return ""
    if isinstance(asked, WantedRecord):
        return request_fingerprint(key, asked.hemis_id, asked.id_number)
    return request_fingerprint(key, asked)


def require_same(sync: SyncState, asked: str) -> SyncState:
    """Return the sync; raises KeyReused where another request began it under this key."""
    if asked and sync.fingerprint and sync.fingerprint != asked:
        raise KeyReused(sync.sync_id)
    return sync
