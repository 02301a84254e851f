"""Changes of the simulated HEMIS: pause it during a sync, change its students."""

from typing import Any

from tests.e2e.system import System, until
from tests.examples.readers import Copy

Item = dict[str, Any]

PAUSED_AT_PAGE = 4
RECORDS_BEFORE_PAUSE = 150

CHANGED = 25
REMOVED = 5
ADDED = 7


async def pause_sync_in_the_middle(system: System) -> str:
    """Start a sync that fetches 150 students and then waits for ``continue_sync``."""
    fault = {"kind": "status", "status": 503, "retry_after": "1"}
    requests = {"endpoint": "student-list", "page": PAUSED_AT_PAGE}
    await system.control("faults", fault | requests)
    return await system.request_sync("students")


async def continue_sync(system: System) -> None:
    await system.control("faults", method="DELETE")


async def change_students(system: System) -> None:
    """Change, remove and add some students."""
    ids = sorted(item["id"] for item in await system.source("students"))
    groups = [{"id": 1, "name": "NEW-1"}, "BARE-1", None]
    changed = {str(hemis_id): {"group": groups[hemis_id % 3]} for hemis_id in ids[:CHANGED]}
    removed = ids[CHANGED : CHANGED + REMOVED]
    wanted = {"change": changed, "remove": removed, "add": ADDED}
    await system.control("records", {"resource": "students"} | wanted)


async def sync_with_removals(system: System) -> None:
    """Sync, and wait until removed students have their tombstones."""
    progress = await system.sync("students")

    async def is_done() -> bool:
        report = await system.get(f"/api/hemis/syncs/{progress['syncId']}")
        return report["removals"] is not None and report["removals"]["state"] == "done"

    await until(is_done)


async def expected_copy(system: System) -> Copy:
    """Return what every copy must hold, from the items of HEMIS."""
    return {item["id"]: _student(item) for item in await system.source("students")}


def _student(item: Item) -> tuple[str | None, str | None]:
    group = item.get("group")
    return item.get("full_name"), group["name"] if isinstance(group, dict) else group
