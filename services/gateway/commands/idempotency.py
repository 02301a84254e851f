"""Idempotency keys: the same request gets the same sync, another request is refused.

Follows draft-ietf-httpapi-idempotency-key-header. Each resource has its own keys, and so have full
syncs and single records (decision 10).
"""

from libs.common.contracts.commands import WantedRecord
from libs.common.contracts.enums import Mode
from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import request_fingerprint, requested_sync_id
from services.gateway.errors import KeyReused
from services.gateway.projection.sync_state import SyncState


def sync_id_of(prefix: str, resource: Resource, key: str | None, kind: str = "sync") -> str | None:
    """Return the sync id that belongs to a key; None without a key."""
    return requested_sync_id(prefix, resource, f"{kind}/{key}") if key else None


def fingerprint(request: Mode | WantedRecord, key: str | None) -> str:
    """Return what distinguishes requests under one key; empty without a key."""
    if not key:
        return ""
    if isinstance(request, WantedRecord):
        return request_fingerprint(key, request.hemis_id, request.id_number)
    return request_fingerprint(key, request)


def require_same(sync: SyncState, requested: str) -> SyncState:
    """Return the sync; raises KeyReused if a request with another fingerprint started it."""
    known = sync.fingerprint
    if requested and known and known != requested:
        raise KeyReused(sync.sync_id)
    return sync
