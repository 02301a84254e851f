"""What an Idempotency-Key promises: one sync for one request, and none of another's answers.

As draft-ietf-httpapi-idempotency-key-header says; a key is one resource's, and a single record's
key never names a full sync (decision 202).
"""

from libs.common.contracts.commands import WantedRecord
from libs.common.contracts.identity import request_fingerprint, requested_sync_id
from libs.common.contracts.resources import Resource
from libs.common.contracts.words import Mode
from services.gateway.errors import KeyReused
from services.gateway.progress.sync import SyncState


def sync_id_of(prefix: str, resource: Resource, key: str | None, kind: str = "sync") -> str | None:
    """Name the sync of a key; None without one."""
    return requested_sync_id(prefix, resource, f"{kind}/{key}") if key else None


def fingerprint(asked: Mode | WantedRecord, key: str | None) -> str:
    """Give what tells requests under one key apart; empty without a key."""
    if not key:
        return ""
    if isinstance(asked, WantedRecord):
        return request_fingerprint(key, asked.hemis_id, asked.id_number)
    return request_fingerprint(key, asked)


def require_same(sync: SyncState, asked: str) -> SyncState:
    """Give the sync of a key; raises KeyReused where it began with another request."""
    if asked and sync.fingerprint and sync.fingerprint != asked:
        raise KeyReused(sync.sync_id)
    return sync
