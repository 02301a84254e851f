"""The loader's half of the registry: a resource's table and the columns of its items."""

import hashlib
from dataclasses import dataclass
from datetime import tzinfo
from functools import cached_property

from libs.common.contracts.resources import Resource
from services.loader.mapping import copy_format
from services.loader.mapping.employees import employee_fields
from services.loader.mapping.fast_path import FastPath, in_column_order
from services.loader.mapping.fields import Field, ItemMapping
from services.loader.mapping.item_fields import fields_of_item
from services.loader.mapping.students import student_fields

_RULES = 2
"""Increase this when values are read differently."""


@dataclass(frozen=True)
class Table:
    """Where a resource's records become rows; a row's key is one or two of its columns."""

    name: str
    key_columns: tuple[str, ...]
    mapping: ItemMapping
    usual: FastPath
    """Reads most items, as ``mapping`` would, in little more than half the time."""
    mapping_version: str
    """Changes with columns, rules and time zone, so that a changed mapping rewrites rows."""

    @cached_property
    def keyed_by_position(self) -> bool:
        return len(self.key_columns) > 1

    @cached_property
    def column_count(self) -> bytes:
        """What a row of COPY begins with."""
        return copy_format.count(len(self.columns))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Columns of a staged row, in order."""
        return (*self.mapping.columns, *self.key_columns[1:], "content_hash", "fetched_at")


def tables(zone: tzinfo) -> dict[Resource, Table]:
    return {
        resource: table_of(resource, item_fields(resource, zone), zone) for resource in Resource
    }


def item_fields(resource: Resource, zone: tzinfo) -> list[Field]:
    """Return the mapping of a list's items; lists of people have one of their own."""
    match resource:
        case Resource.STUDENTS:
            return student_fields(zone)
        case Resource.EMPLOYEES:
            return employee_fields(zone)
        case _:
            return fields_of_item(resource.item)


def table_of(resource: Resource, fields: list[Field], zone: tzinfo) -> Table:
    """Make the table of a resource with these fields."""
    by_position = resource.keyed_by_position
    name = "employee_positions" if by_position else str(resource)
    key = ("hemis_id", "position_key") if by_position else ("hemis_id",)
    ordered = in_column_order(fields)
    mapping = ItemMapping(ordered, resource.renamed)
    version = hashlib.sha256(f"{mapping.columns}{zone}{_RULES}".encode()).hexdigest()[:8]
    return Table(name, key, mapping, FastPath(ordered), version)
