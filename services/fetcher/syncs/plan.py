"""What a sync requests from HEMIS: mode and filters, stored in its checkpoint. Pure."""

from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from libs.common.contracts.checkpoints import Cursor, Scope, SyncCheckpoint
from libs.common.contracts.commands import StartSync
from libs.common.contracts.enums import Mode
from libs.common.contracts.resources import Resource

_CHANGED_SINCE = "updated_at_from"
# HEMIS shows a change some time after the date that it gives it.
_OVERLAP_SECONDS = 600

_NO_FILTER = "HEMIS offers no incremental list of {}: all are fetched"
_NO_CURSOR = "No earlier complete sync to go on from: all {} are fetched"
_OTHER_SCOPE = (
    "The last complete sync asked HEMIS for others than the settings say now: all {} are fetched"
)


class Plan(NamedTuple):
    """How a sync is run; ``note`` says why the mode is not the requested one."""

    mode: Mode
    scope: Scope
    note: str = ""


def planned(resource: Resource, full: Scope, cursor: Cursor | None) -> Plan:
    """Plan an incremental sync from the cursor, or a full one if that is impossible."""
    if not resource.lists_changes:
        return Plan(Mode.FULL, full, _NO_FILTER.format(resource))
    if cursor is None:
        return Plan(Mode.FULL, full, _NO_CURSOR.format(resource))
    if (cursor.scope.filters, cursor.scope.address) != (full.filters, full.address):
        return Plan(Mode.FULL, full, _OTHER_SCOPE.format(resource))
    return Plan(Mode.INCREMENTAL, changed_since(full, cursor.updated_at))


def begun(
    command: StartSync, plan: Plan, at: int, stopped: SyncCheckpoint | None = None
) -> SyncCheckpoint:
    """Begin a sync; ``stopped`` is the sync that was stopped for it, if any."""
    return SyncCheckpoint(
        sync_id=command.sync_id,
        attempt=1,
        mode=plan.mode,
        trigger=command.trigger,
        requested_by=command.requested_by,
        tick_at=command.tick_at,
        supersedes=stopped.sync_id if stopped else None,
        scope=plan.scope,
        note=plan.note,
        fingerprint=command.fingerprint,
        started_at=at,
    )


def changed_since(scope: Scope, seconds: int) -> Scope:
    """Return the scope of what changed since this time by HEMIS's clock, minus an overlap."""
    since = str(seconds - _OVERLAP_SECONDS)
    filters = {**scope.filters, _CHANGED_SINCE: since}
    return replace(scope, filters=filters)


def next_cursor(
    resource: Resource, sync: SyncCheckpoint, cursor: Cursor | None, event_offset: int
) -> Cursor | None:
    """Return the cursor after a sync that saw everything; None if no record has a time.

    ``event_offset`` is the offset of an earlier event of this sync.
    """
    if not resource.lists_changes:
        return None
    base = cursor if sync.mode is Mode.INCREMENTAL else None
    newest = max(sync.newest_update, base.updated_at if base else 0)
    if not newest:
        return None
    filters = {name: value for name, value in sync.scope.filters.items() if name != _CHANGED_SINCE}
    return Cursor(
        sync_id=sync.sync_id,
        updated_at=newest,
        scope=replace(sync.scope, filters=filters),
        end_offsets=(base.end_offsets if base else {}) | sync.end_offsets,
        last_records=(base.last_records if base else {}) | sync.last_records,
        said_at=event_offset,
    )


LARGEST_PAGE = 200
_ALL_STATUSES = "-1"
_ALL_TYPES = "all"


@dataclass(frozen=True, slots=True)
class Scopes:
    """The filters of each resource. An empty student status is HEMIS's own default."""

    address: str
    page_size: int
    student_status: str
    employee_type: str
    language: str

    def full(self, resource: Resource) -> Scope:
        """Return what a sync of the whole resource requests."""
        return self._scope(resource, self.page_size, self.student_status, self.employee_type)

    def single(self, resource: Resource) -> Scope:
        """Return what the search for one person requests: no status or type is left out."""
        return self._scope(resource, LARGEST_PAGE, _ALL_STATUSES, _ALL_TYPES)

    def _scope(self, resource: Resource, page_size: int, status: str, kind: str) -> Scope:
        filters = {
            Resource.STUDENTS: {"_student_status": status},
            Resource.EMPLOYEES: {"type": kind},
        }.get(resource, {}) | {"l": self.language}
        chosen = {name: value for name, value in filters.items() if value}
        return Scope(page_size=page_size, filters=chosen, address=self.address)
