"""A further list, end to end: what the students' and employees' have, with nothing of its own."""

import asyncio
from typing import Any

import pytest

from tests.e2e.compare import assert_equal, rows_of
from tests.e2e.system import Answer, System, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

Item = dict[str, Any]


def department_row(item: Item) -> Item:
    """Say what its row must hold, from HEMIS's item alone."""
    row = {"hemis_id": item["id"], "name": item["name"], "code": item["code"]}
    for source, name in {
        "structureType": "structure_type",
        "localityType": "locality_type",
    }.items():
        row |= {f"{name}_{part}": item[source][part] for part in ("code", "name")}
    parent = item["parent"]
    whole = {**parent} if isinstance(parent, dict) else {"id": parent}
    row |= {"parent_id": whole.pop("id"), "active": item["active"]}
    known = {"id", "name", "code", "structureType", "localityType", "parent", "active"}
    left = {name: value for name, value in item.items() if name not in known}
    return row | {"extra": left | ({"parent": whole} if whole else {}) or None}


async def assert_the_table_equals_the_source(system: System) -> None:
    rows = {row["hemis_id"]: row for row in await rows_of(system, "departments")}
    items = await system.source("departments")
    assert_equal(rows, {item["id"]: department_row(item) for item in items})


async def removals_of(system: System, sync_id: str) -> Answer:
    async def done() -> Answer | None:
        removals: Answer | None = (await system.get(f"/api/hemis/syncs/{sync_id}"))["removals"]
        return removals if removals is not None and removals["state"] == "done" else None

    return await until(done, 60) or {}


async def test_departments_are_synced_changed_removed_and_rebuilt(system: System) -> None:
    await system.start_all(HEMIS_REMOVED_POLICY="delete", HEMIS_PAGE_SIZE="10")
    idle = await system.get("/api/hemis/progress/departments")
    first = await system.sync("departments")
    counts = first["inserted"], first["totalPages"], first["complete"]

    assert (idle["status"], counts) == ("idle", (37, 4, True))
    await assert_the_table_equals_the_source(system)

    change = {"resource": "departments", "change": {"58": {"name": "Yangi kafedra"}}}
    await system.control("records", {**change, "remove": [90], "add": 2})
    second = await system.sync("departments")
    removed = await removals_of(system, second["syncId"])

    assert (second["inserted"], second["updated"], second["unchanged"]) == (2, 1, 35)
    assert (removed["missing"], removed["removed"]) == (1, 1)
    await assert_the_table_equals_the_source(system)

    await system.rows("DELETE FROM hemis.departments WHERE hemis_id < 70")
    await system.rows("UPDATE hemis.departments SET name = 'x', fetched_at = 'epoch'")
    said = await rebuilt(system, "departments")

    assert "in the log only, corrected" in said
    await assert_the_table_equals_the_source(system)


async def rebuilt(system: System, resource: str) -> str:
    program = await system.start("loader-2", "rebuild", "--resource", resource)
    code = await asyncio.wait_for(program.process.wait(), 40)
    said = program.log.read_text()
    assert code == 0, said
    return said
