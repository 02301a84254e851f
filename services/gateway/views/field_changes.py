"""Changes of the fields that HEMIS sends, as text for people. Pure."""

from libs.common.contracts.enums import NOTABLE_CHANGES, FieldChange
from libs.common.contracts.events import SourceDrifted
from services.gateway.projection.sync_state import SyncState

_MOST_NAMES = 5
_TEXTS: dict[str, str] = {FieldChange.UNKNOWN: "that nobody here knows, kept in extra"}


def field_changes_of(sync: SyncState) -> str:
    """Describe the changes since the last complete full syncs; empty if there are none."""
    changes = [
        sync.field_changes[change] for change in NOTABLE_CHANGES if change in sync.field_changes
    ]
    return "; ".join(map(describe_change, changes))


def describe_change(change: SourceDrifted) -> str:
    names = [
        f"{name} ({change.types[name]})" if change.types.get(name) else name
        for name in change.fields
    ]
    more = [f"{len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    shown = ", ".join(names[:_MOST_NAMES] + more)
    return f"{_TEXTS.get(change.change, change.change)}: {shown}"
