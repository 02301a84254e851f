"""Finds fields that HEMIS added, dropped or gave another type. Pure."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import NamedTuple

from msgspec.structs import replace

from libs.common.contracts.checkpoints import SyncCheckpoint
from libs.common.contracts.enums import NOTABLE_CHANGES, FieldChange, Mode
from libs.common.contracts.events import SourceDrifted, SyncFetched
from libs.common.contracts.item_shapes import (
    MAX_NAMES,
    Counts,
    FieldType,
    Frequency,
    KnownField,
    Shape,
    Shapes,
)
from services.fetcher.syncs.item_shape import (
    COUNTED,
    MOST_FIELDS,
    counts_of,
    joined,
    parent_of,
    shape_of,
)

Known = Mapping[str, KnownField]

_FEWEST = 3


class FieldResult(NamedTuple):
    """What is known of one field after a sync, and how it changed."""

    known: KnownField | None
    changes: frozenset[FieldChange] = frozenset()


_NOTHING = FieldResult(None)


def extended(shapes: Shapes, sync: SyncCheckpoint, items: Iterable[bytes]) -> Shapes:
    """Add a page of a full sync; return the same object if nothing is new."""
    if sync.mode is not Mode.FULL:
        return shapes
    present = shapes.present if shapes.sync_id == sync.sync_id else {}
    grown = joined(present, shape_of(items))
    if grown == present:
        return shapes
    return replace(shapes, sync_id=sync.sync_id, present=grown)


def judged(
    shapes: Shapes, sync: SyncCheckpoint, decision: SyncFetched
) -> tuple[Shapes, tuple[SourceDrifted, ...]]:
    """Compare a complete full sync with earlier ones; other syncs change and report nothing."""
    if not decision.complete or shapes.sync_id != sync.sync_id or sync.mode is not Mode.FULL:
        return shapes, ()
    known = shapes.known if shapes.filters == sync.scope.filters else {}
    results = compared(known, shapes.present)
    after = {path: result.known for path, result in results.items() if result.known is not None}
    kept = dict(islice(after.items(), 2 * MOST_FIELDS))
    events = (_event_of(change, known, results, decision) for change in NOTABLE_CHANGES)
    return replace(shapes, known=kept, filters=sync.scope.filters), tuple(filter(None, events))


def compared(known: Known, present: Shape) -> dict[str, FieldResult]:
    """Compare field by field, in order of their names."""
    return {path: _compare(path, known, present) for path in sorted({*present, *known})}


def _compare(path: str, known: Known, present: Shape) -> FieldResult:
    was, counts = known.get(path), counts_of(present, path)
    is_cut_off = path not in present and len(present) >= MOST_FIELDS
    if is_cut_off or sum(counts) < _FEWEST:
        return FieldResult(was)
    if was is not None:
        return _known_field(was, counts)
    parent = known.get(parent_of(path))
    is_inside_of_known = bool(path) and parent is not None and FieldType.OBJECT in parent.types
    return _new_field(counts) if is_inside_of_known else FieldResult(_new_field(counts).known)


def _new_field(counts: Counts) -> FieldResult:
    """A field becomes known once many items have it; a rare one is forgotten."""
    having, lacking = _having(counts), counts[FieldType.MISSING]
    if not _is_many(having, having + lacking):
        return _NOTHING
    frequency = Frequency.SOME if lacking else Frequency.ALL
    return FieldResult(KnownField(frequency, _types(counts)), frozenset({FieldChange.ADDED}))


def _known_field(was: KnownField, counts: Counts) -> FieldResult:
    having, lacking = _having(counts), counts[FieldType.MISSING]
    if not having:
        is_reported = was.frequency is Frequency.FADING
        return _NOTHING if is_reported else FieldResult(None, frozenset({FieldChange.DROPPED}))
    changes, types = set(), _types(counts)
    frequency = Frequency.SOME if lacking else Frequency.ALL
    if was.frequency is Frequency.ALL and _is_many(lacking, having + lacking):
        frequency = Frequency.FADING
        changes.add(FieldChange.DROPPED)
    if was.types and not set(types) <= set(was.types):
        changes.add(FieldChange.RETYPED)
    else:
        # A type that is rare now may become frequent again.
        types = tuple(sorted({*was.types, *types}))
    return FieldResult(KnownField(frequency, types), frozenset(changes))


def _having(counts: Counts) -> int:
    return sum(counts[: FieldType.MISSING])


def _types(counts: Counts) -> tuple[FieldType, ...]:
    """Return the JSON types that many of its values have."""
    valued = sum(counts[: FieldType.EMPTY])
    return tuple(
        kind for kind in FieldType if kind < FieldType.EMPTY and _is_many(counts[kind], valued)
    )


def _is_many(count: int, of: int) -> bool:
    """Tell whether it is three or more, and at least half; 20 are always enough."""
    return count >= _FEWEST and 2 * count >= min(of, COUNTED)


def _event_of(
    change: FieldChange, known: Known, results: Mapping[str, FieldResult], decision: SyncFetched
) -> SourceDrifted | None:
    """Return the event with the fields that changed in this way; None if there are none."""
    fields = [path for path, result in results.items() if change in result.changes][:MAX_NAMES]
    if not fields:
        return None
    types = {}
    if change is FieldChange.RETYPED:
        types = {path: f"{_words(known[path])} → {_words(results[path].known)}" for path in fields}
    return SourceDrifted(
        sync_id=decision.sync_id,
        resource=decision.resource,
        at=decision.at,
        fields=tuple(fields),
        change=change,
        types=types,
    )


def _words(known: KnownField | None) -> str:
    return ", ".join(kind.name.lower() for kind in known.types) if known else ""
