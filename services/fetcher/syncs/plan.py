"""What a sync asks HEMIS for, from the settings; taken into the checkpoint when it begins. Pure."""

from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from libs.common.contracts.checkpoints import Cursor, Scope, SyncCheckpoint
from libs.common.contracts.enums import Mode
from libs.common.contracts.resources import Resource

_CHANGED_SINCE = "updated_at_from"
# Whatever HEMIS writes is seen by its readers a little later than it is dated.
_OVERLAP_SECONDS = 600

_NO_FILTER = "HEMIS offers no incremental list of {}: all are fetched"
_NO_CURSOR = "No earlier complete sync to go on from: all {} are fetched"
_OTHER_SCOPE = (
    "The last complete sync asked HEMIS for others than the settings say now: all {} are fetched"
)


class Plan(NamedTuple):
    """How a sync is run; ``note`` says why it is not run as it was asked for."""

    mode: Mode
    scope: Scope
    note: str = ""


def planned(resource: Resource, full: Scope, cursor: Cursor | None) -> Plan:
    """Plan an incremental sync from the last complete one."""
    if not resource.lists_changes:
        return Plan(Mode.FULL, full, _NO_FILTER.format(resource))
    if cursor is None:
        return Plan(Mode.FULL, full, _NO_CURSOR.format(resource))
    if not _asks_alike(cursor.scope, full):
        return Plan(Mode.FULL, full, _OTHER_SCOPE.format(resource))
    since = str(cursor.updated_at - _OVERLAP_SECONDS)
    return Plan(Mode.INCREMENTAL, replace(full, filters={**full.filters, _CHANGED_SINCE: since}))


def changed_since(scope: Scope, seconds: int) -> Scope:
    """Return the scope of what changed since this time by HEMIS's clock, less the overlap."""
    since = str(seconds - _OVERLAP_SECONDS)
    filters = {**scope.filters, _CHANGED_SINCE: since}
    return replace(scope, filters=filters)


def moved(
    resource: Resource, sync: SyncCheckpoint, cursor: Cursor | None, said_at: int
) -> Cursor | None:
    """Work out the cursor after a sync that saw everything; None where no record has a time."""
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
        said_at=said_at,
    )


def _asks_alike(one: Scope, other: Scope) -> bool:
    return (one.filters, one.address) == (other.filters, other.address)


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
        """Name what a sync of the whole resource asks for."""
        return self._scope(resource, self.page_size, self.student_status, self.employee_type)

    def single(self, resource: Resource) -> Scope:
        """Name what the search for one person asks for: nobody is left out."""
        return self._scope(resource, LARGEST_PAGE, _ALL_STATUSES, _ALL_TYPES)

    def _scope(self, resource: Resource, page_size: int, status: str, kind: str) -> Scope:
        filters = {
            Resource.STUDENTS: {"_student_status": status},
            Resource.EMPLOYEES: {"type": kind},
        }.get(resource, {}) | {"l": self.language}
        chosen = {name: value for name, value in filters.items() if value}
        return Scope(page_size=page_size, filters=chosen, address=self.address)
