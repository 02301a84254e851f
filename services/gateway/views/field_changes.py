"""What is new about HEMIS's fields, in words for people. Pure."""

from libs.common.contracts.enums import NEWS, FieldChange
from libs.common.contracts.events import SourceDrifted
from services.gateway.projection.sync_state import SyncState

_NAMED = 5


def news_of(sync: SyncState) -> str:
    """Say what changed since the complete full syncs before; empty where nothing did."""
    changes = [sync.drift[change] for change in NEWS if change in sync.drift]
    return "; ".join(map(drift_in_words, changes))


def drift_in_words(drifted: SourceDrifted) -> str:
    names = [_with_types(drifted, name) for name in drifted.fields]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return f"{_WORDS.get(drifted.change, drifted.change)}: {', '.join(names[:_NAMED] + more)}"


def _with_types(drifted: SourceDrifted, name: str) -> str:
    types = drifted.types.get(name)
    return f"{name} ({types})" if types else name


_WORDS: dict[str, str] = {FieldChange.UNKNOWN: "that nobody here knows, kept in extra"}
