"""The table of each resource, with the mapping of its items to columns."""

import hashlib
from datetime import tzinfo

from libs.common.contracts.resources import Resource
from services.loader.mapping.employees import employee_fields
from services.loader.mapping.fast_path import FastPath, in_column_order
from services.loader.mapping.fields import Field, ItemMapping
from services.loader.mapping.item_fields import fields_of_item
from services.loader.mapping.students import student_fields
from services.loader.mapping.table import Table

_RULES_VERSION = 2
"""Increase this when values are read differently: the loader then rewrites all rows."""


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
    version = hashlib.sha256(f"{mapping.columns}{zone}{_RULES_VERSION}".encode()).hexdigest()[:8]
    return Table(name, key, mapping, FastPath(ordered), version)
