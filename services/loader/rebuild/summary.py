"""A rebuild's findings in words: counts, checksums and ids, no person's value. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce

from services.loader.mapping.table import RowKey
from services.loader.rebuild.sql.merge import EXAMPLES, Merged, Verdict

_MENDED = {
    "changed": "other than in the log",
    "missing": "in the log only",
    "not in the log": "in the table only",
    "gone": "gone at the source",
}
_KEPT = {
    "wished": "to be fetched from HEMIS again",
    "dead letter": "their newest record is a dead letter",
    "newer": "the log holds nothing so new",
    "unproven": "not in the log, which is not the one that was loaded",
}
_IN_LOG = ("same", "changed", "missing")
_UNCHECKED = ("closed",)


def lines_of(merged: Merged, *, dry_run: bool) -> Iterator[str]:
    """Yield what was found of one resource, and what was done, or would be."""
    name = f"{merged.resource:<10}"
    if not merged.verdicts:
        yield f"{name} table empty; from the log: {_rows(merged.filled)}"
    else:
        yield from _compared(name, merged)
        for found in merged.verdicts:
            yield from _named(name, found, _mended(merged, dry_run=dry_run))
    yield from _left(name, merged.stays, dry_run=dry_run)
    if merged.later:
        yield f"{name} {merged.later:,} newer records are for the loaders, which count them"
    if merged.people:
        yield f"{name} {_rows(merged.people)} of employees {_did('made anew', dry_run=dry_run)}"


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


def _mended(merged: Merged, *, dry_run: bool) -> str:
    return _did("mended", dry_run=dry_run) + (
        " but for the rows named below" if merged.stays else ""
    )


def _named(name: str, found: Verdict, mended: str) -> Iterator[str]:
    more = f" and {found.keys - EXAMPLES:,} more" if found.keys > EXAMPLES else ""
    ids = ", ".join(found.examples) + more
    if found.name in _MENDED:
        yield f"{name} {_rows(found.keys)} {_MENDED[found.name]}, {mended}: {ids}"
    elif found.name in _KEPT:
        yield f"{name} {_rows(found.keys)} kept, {_KEPT[found.name]}: {ids}"


def _left(name: str, stays: Mapping[RowKey, str], *, dry_run: bool) -> Iterator[str]:
    """Name the rows whose change PostgreSQL refuses, by reason."""
    by_reason: dict[str, list[str]] = {}
    for (hemis_id, position), reason in stays.items():
        key = f"{hemis_id}:{position}" if position else str(hemis_id)
        by_reason.setdefault(reason, []).append(key)
    left = "would stay as before" if dry_run else "left as before"
    for reason, keys in by_reason.items():
        more = f" and {len(keys) - EXAMPLES:,} more" if len(keys) > EXAMPLES else ""
        ids = ", ".join(keys[:EXAMPLES]) + more
        yield f"{name} {_rows(len(keys))} {left}, PostgreSQL keeps them: {ids} ({reason})"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _did(done: str, *, dry_run: bool) -> str:
    return f"to be {done}" if dry_run else done


def _checksum(checksums: Iterable[int]) -> str:
    return f"{reduce(int.__xor__, checksums, 0) & (1 << 64) - 1:016x}"
