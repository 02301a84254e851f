"""The lines that a rebuild prints: counts, checksums and ids, never a person's values. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce

from services.loader.mapping.table import RowKey
from services.loader.rebuild.sql.merge import EXAMPLES, Merged, Verdict

_CORRECTED = {
    "changed": "different from the log",
    "missing": "in the log only",
    "not in the log": "in the table only",
    "gone": "removed at the source",
}
_KEPT = {
    "refetch": "to be fetched from HEMIS again",
    "dead letter": "their newest record is a dead letter",
    "newer": "the log has nothing as new",
    "unproven": "not in the log, which is not the one that was loaded",
}
_IN_LOG = ("same", "changed", "missing")
_UNCHECKED = ("closed",)


def summary_lines(merged: Merged, *, dry_run: bool) -> Iterator[str]:
    """Yield the differences of one resource, and what was done about them, or would be."""
    name = f"{merged.resource:<10}"
    if not merged.verdicts:
        yield f"{name} table empty; from the log: {_rows(merged.filled)}"
    else:
        yield from _compared(name, merged)
        outcome = _done("corrected", dry_run=dry_run)
        outcome += " except for the rows named below" if merged.refused else ""
        for found in merged.verdicts:
            yield from _named(name, found, outcome)
    yield from _refused(name, merged.refused, dry_run=dry_run)
    if merged.later:
        yield f"{name} {merged.later:,} newer records are left to the loaders, which count them"
    if merged.employees:
        done = _done("recreated", dry_run=dry_run)
        yield f"{name} {_rows(merged.employees)} of employees {done}"


def _compared(name: str, merged: Merged) -> Iterator[str]:
    verdicts = [v for v in merged.verdicts if v.name not in _UNCHECKED]
    log = sum(v.keys for v in verdicts if v.log_checksum or v.name in _IN_LOG)
    held = sum(v.keys for v in verdicts if v.name != "missing")
    yield (
        f"{name} log {_rows(log)}, checksum {_checksum(v.log_checksum for v in verdicts)}"
        f" · table {_rows(held)}, checksum {_checksum(v.table_checksum for v in verdicts)}"
    )
    if all(v.name == "same" for v in verdicts):
        yield f"{name} nothing differs"


def _named(name: str, found: Verdict, outcome: str) -> Iterator[str]:
    ids = _ids(found.examples, found.keys)
    if found.name in _CORRECTED:
        yield f"{name} {_rows(found.keys)} {_CORRECTED[found.name]}, {outcome}: {ids}"
    elif found.name in _KEPT:
        yield f"{name} {_rows(found.keys)} kept, {_KEPT[found.name]}: {ids}"


def _refused(name: str, refused: Mapping[RowKey, str], *, dry_run: bool) -> Iterator[str]:
    """Name the rows whose change PostgreSQL refuses, by reason."""
    by_reason: dict[str, list[str]] = {}
    for (hemis_id, position), reason in refused.items():
        key = f"{hemis_id}:{position}" if position else str(hemis_id)
        by_reason.setdefault(reason, []).append(key)
    unchanged = "would stay unchanged" if dry_run else "unchanged"
    for reason, keys in by_reason.items():
        ids = _ids(keys, len(keys))
        yield f"{name} {_rows(len(keys))} {unchanged}, PostgreSQL refuses: {ids} ({reason})"


def _ids(keys: Sequence[str], count: int) -> str:
    """Name the first keys, and count the others."""
    more = f" and {count - EXAMPLES:,} more" if count > EXAMPLES else ""
    return ", ".join(keys[:EXAMPLES]) + more


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _done(done: str, *, dry_run: bool) -> str:
    return f"to be {done}" if dry_run else done


def _checksum(checksums: Iterable[int]) -> str:
    return f"{reduce(int.__xor__, checksums, 0) & (1 << 64) - 1:016x}"
