"""Which fields of an item nobody here knows: their names only, for the sync's report. Pure."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TypeAlias

from libs.common.contracts.item_shapes import MOST_NAMES, readable
from services.loader.mapping.exact_json import Json

Known: TypeAlias = "Mapping[str, Known]"
"""Known names, each with the names of its parts; without any, all that is inside is known."""


def unknown_fields(item: Mapping[str, Json], known: Known) -> frozenset[str]:
    """Name what is unknown: ``score``, or ``department.score`` for a part of a known object.

    At most ``MOST_NAMES``, and none that is longer than a name or is made of anything else: what
    HEMIS sends as a name may be a value.
    """
    return frozenset(islice(_unknown(item, known, ""), MOST_NAMES))


def _unknown(item: Mapping[str, Json], known: Known, inside: str) -> Iterator[str]:
    for name, value in item.items():
        if name not in known:
            yield inside + readable(name)
        elif known[name] and type(value) is dict:
            yield from _unknown(value, known[name], f"{inside}{name}.")
