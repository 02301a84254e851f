"""Finds the fields of an item that the mapping does not know. Pure."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TypeAlias

from libs.common.contracts.item_shapes import MAX_NAMES, readable
from services.loader.mapping.exact_json import Json

Known: TypeAlias = "Mapping[str, Known]"
"""Known names, each with the known names of its parts; if empty, all parts are known."""


def unknown_fields(item: Mapping[str, Json], known: Known) -> frozenset[str]:
    """Return the unknown names: ``score``, or ``department.score`` for a part of an object.

    Returns at most ``MAX_NAMES``. A name that is long or unusual may be a person's data, and is
    replaced by a placeholder.
    """
    return frozenset(islice(_unknown(item, known, ""), MAX_NAMES))


def _unknown(item: Mapping[str, Json], known: Known, inside: str) -> Iterator[str]:
    for name, value in item.items():
        if name not in known:
            yield inside + readable(name)
        elif known[name] and type(value) is dict:
            yield from _unknown(value, known[name], f"{inside}{name}.")
