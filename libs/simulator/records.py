"""Changes of the people at run time, as ``POST /control/records`` sends them."""

from typing import Annotated, Any

import msgspec

from libs.simulator.hemis import SimulatedHemis
from libs.simulator.listing.seating import End
from libs.simulator.lists import Resource


class RecordsChange(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Applied in the order of the fields, all or (a key being unknown) nothing."""

    resource: Resource
    change: dict[str, dict[str, Any]] = {}
    """Id (``50421``), or one position (``1826:2600``) → fields with their new values."""
    remove: list[int | str] = []
    add: Annotated[int, msgspec.Meta(ge=0)] = 0
    """So many more invented people (employees: positions)."""
    insert_raw: list[msgspec.Raw] = []
    """Any JSON values, kept as they were written."""
    insert_text: list[str] = []
    """The same as text, for what is no JSON at all (NaN, half a surrogate)."""
    at: End = "end"
    """Where the added and inserted ones appear in the list."""


def apply_change(hemis: SimulatedHemis, wanted: RecordsChange) -> None:
    """Change the people of one list.

    Raises:
        UnknownRecord: a key to change or to remove that nobody present has.
    """
    roster = hemis.rosters[wanted.resource]
    changed = [(row, patch) for key, patch in wanted.change.items() for row in roster.find(key)]
    removed = {row for key in wanted.remove for row in roster.find(str(key))}
    for row, patch in changed:
        roster.change(row, patch)
    for row in removed:
        roster.remove(row)
    for _ in range(wanted.add):
        roster.add(wanted.at)
    for text in (*map(bytes, wanted.insert_raw), *map(str.encode, wanted.insert_text)):
        roster.insert(text, wanted.at)
