"""A table of the database, and what fills it."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.loader.mapping.fast_path import FastPath
    from services.loader.mapping.fields import ItemMapping

RowKey = tuple[int, str]
"""``hemis_id`` and the position's key, which is empty where a resource has no positions."""


@dataclass(frozen=True)
class Table:
    """The table of one resource; a row's key is one or two of its columns."""

    name: str
    key_columns: tuple[str, ...]
    mapping: "ItemMapping"
    fast_path: "FastPath"
    """Reads most items as ``mapping`` would, in little more than half the time."""
    mapping_version: str
    """Changes with columns, rules and time zone, so that a changed mapping rewrites rows."""

    @cached_property
    def keyed_by_position(self) -> bool:
        return len(self.key_columns) > 1

    @cached_property
    def key_text(self) -> str:
        """SQL for the key of a row's record: ``50421``, or ``1826:2600`` for a position."""
        return "hemis_id || ':' || position_key" if self.keyed_by_position else "hemis_id::text"

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns of a staged row, in order."""
        return (*self.mapping.columns, *self.key_columns[1:], "content_hash", "fetched_at")
