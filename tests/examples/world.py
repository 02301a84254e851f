"""HEMIS as the readers' tests need it: held in the middle of a sync, and changed between two."""

from typing import Any

from tests.e2e.system import System, until
from tests.examples.readers import Copy

Item = dict[str, Any]

HELD_AT_PAGE = 4
HELD_AFTER = 150

CHANGED = 25
REMOVED = 5
ADDED = 7


async def hold_in_the_middle(system: System) -> str:
    """Ask for a sync that brings 150 students and then waits, until it is let go."""
    refusal = {"kind": "status", "status": 503, "retry_after": "1"}
    place = {"endpoint": "student-list", "page": HELD_AT_PAGE}
    await system.control("faults", refusal | place)
    return await system.request_sync("students")


async def let_go(system: System) -> None:
    await system.control("faults", method="DELETE")


async def change(system: System) -> None:
    """Some students change, some leave, some are new."""
    ids = sorted(item["id"] for item in await system.source("students"))
    groups = [{"id": 1, "name": "NEW-1"}, "BARE-1", None]
    changed = {str(hemis_id): {"group": groups[hemis_id % 3]} for hemis_id in ids[:CHANGED]}
    removed = ids[CHANGED : CHANGED + REMOVED]
    wanted = {"change": changed, "remove": removed, "add": ADDED}
    await system.control("records", {"resource": "students"} | wanted)


async def sync_with_removals(system: System) -> None:
    """Sync, and wait until who has left is gone from the topic too."""
    progress = await system.sync("students")

    async def is_done() -> bool:
        report = await system.get(f"/api/hemis/syncs/{progress['syncId']}")
        return report["removals"] is not None and report["removals"]["state"] == "done"

    await until(is_done)


async def truth(system: System) -> Copy:
    """What every copy must hold, from the items of HEMIS itself."""
    return {item["id"]: _student(item) for item in await system.source("students")}


def _student(item: Item) -> tuple[str | None, str | None]:
    group = item.get("group")
    return item.get("full_name"), group["name"] if isinstance(group, dict) else group
