"""A lagging standby is promoted, or an old backup restored, under a running loader."""

from functools import partial

import pytest

from tests.integration.loader.loader_system import LoaderSystem, student, until

pytestmark = pytest.mark.integration

TABLES = ("students", "syncs", "sync_effects", "offsets", "followed", "removals", "unseen")
KEEP = "; ".join(f"CREATE TABLE old_{name} AS SELECT * FROM {name}" for name in TABLES)  # noqa: S608 — names of ours
BRING_BACK = "; ".join(
    f"DELETE FROM {name}; INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM old_{name}"  # noqa: S608 — names of ours
    for name in TABLES
)


async def test_the_row_of_a_sync_that_just_ended_is_written_again_without_a_restart(
    system: LoaderSystem,
) -> None:
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 11)])
        await system.report("s1")
        await system.execute(KEEP)
        await system.sync("s2", [student(n, email="new@example.uz") for n in range(1, 11)])
        report = await system.report("s2")

        await system.execute(f"BEGIN; {BRING_BACK}; COMMIT")
        (row,) = await until(lambda: ended(system, "s2"))
        await until(lambda: system.rows("SELECT FROM students WHERE email = 'new@example.uz'"))

    assert (row["outcome"], row["complete"], row["updated"]) == ("completed", True, 10)
    assert report.updated == 10


async def test_the_rows_of_syncs_that_were_settled_since_are_written_again_without_a_restart(
    system: LoaderSystem,
) -> None:
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 11)])
        await system.report("s1")
        await system.execute(KEEP)
        for name in ("s2", "s3"):
            await system.sync(name, [student(n, email=f"{name}@example.uz") for n in range(1, 11)])
            await system.report(name)
        await system.execute("UPDATE syncs SET ended_at = now() - interval '1 hour'")
        await until(lambda: system.rows("SELECT FROM followed WHERE next_offset = last_offset"))

        await system.execute(f"BEGIN; {BRING_BACK}; COMMIT")
        found = [await until(partial(ended, system, name)) for name in ("s2", "s3")]

    assert [row["updated"] for (row,) in found] == [10, 10]


async def ended(system: LoaderSystem, sync_id: str) -> list[dict[str, object]]:
    found = await system.rows(
        "SELECT outcome, complete, updated FROM syncs WHERE sync_id = $1 AND ended_at IS NOT NULL",
        sync_id,
    )
    return [dict(row) for row in found]
