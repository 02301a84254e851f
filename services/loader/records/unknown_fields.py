"""What the records of a sync brought that nobody here knows. Pure."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from libs.common.contracts.item_shapes import MOST_NAMES
from libs.common.contracts.resources import Resource
from services.loader.records.incoming import IncomingRecord


class UnknownFields(NamedTuple):
    """The unknown fields of one sync, in the order of their names."""

    sync_id: str
    resource: Resource
    fields: tuple[str, ...]


def unknown_fields_of(records: Iterable[IncomingRecord]) -> list[UnknownFields]:
    """Gather the unknown fields of records that load, by sync."""
    names: dict[tuple[str, Resource], set[str]] = defaultdict(set)
    for record in records:
        if record.unknown and record.refused is None:
            names[record.sync_id, record.resource] |= record.unknown
    return [
        UnknownFields(*of, tuple(sorted(found)[:MOST_NAMES])) for of, found in sorted(names.items())
    ]
