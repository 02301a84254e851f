"""The registry of resources as a JavaScript module of the dashboard."""

import json
from typing import Any

from libs.common.contracts.resources import Resource


def resources_script() -> str:
    """Return a JavaScript module that exports ``RESOURCES`` and ``RESOURCE_NAMES``."""
    descriptions = json.dumps([_description(resource) for resource in Resource], ensure_ascii=False)
    return (
        f"export const RESOURCES = {descriptions};\n"
        "export const RESOURCE_NAMES = RESOURCES.map((resource) => resource.name);\n"
    )


def _description(resource: Resource) -> dict[str, Any]:
    """``person`` names the request for one person: ``student`` of ``student_id_number``."""
    return {
        "name": resource,
        "labels": resource.labels._asdict(),
        "person": resource.number_field.removesuffix("_id_number") or None,
        "number": resource.number_field or None,
        "listsChanges": resource.lists_changes,
        "isScheduled": resource.is_scheduled,
    }
