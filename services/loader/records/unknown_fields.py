"""Collects the unknown fields of a sync's records. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from libs.common.contracts.item_shapes import MAX_NAMES
from libs.common.contracts.resources import Resource
from services.loader.records.incoming import IncomingRecord


class UnknownFields(NamedTuple):
    """The unknown fields of one sync, sorted by name."""

    sync_id: str
    resource: Resource
    fields: tuple[str, ...]


def unknown_fields_of(records: Iterable[IncomingRecord]) -> list[UnknownFields]:
    """Collect the unknown fields of loadable records, by sync."""
    names: dict[tuple[str, Resource], set[str]] = defaultdict(set)
    for record in records:
        if record.unknown_fields and record.refused is None:
            names[record.sync_id, record.resource] |= record.unknown_fields
    return [
        UnknownFields(*of, tuple(sorted(found)[:MAX_NAMES])) for of, found in sorted(names.items())
    ]
