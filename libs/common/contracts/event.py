"""What all events have; see ``libs.common.contracts.events``."""

import msgspec

from libs.common.contracts.bounds import Count, Milliseconds, SyncId
from libs.common.contracts.resources import Resource


class SyncEvent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=True):
    sync_id: SyncId
    resource: Resource
    at: Milliseconds
    version: Count = 1
