"""Every service is killed once; what was asked for still happens, once."""

from functools import partial

import pytest

from tests.e2e.compare import assert_tables_equal_the_source
from tests.e2e.system import System, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


async def test_services_that_are_killed_carry_on_after_their_restart(system: System) -> None:
    await system.start_all(students=2000, positions=100)
    await system.sync("employees")
    sync_id = await system.request_sync("students")

    for page, service in ((8, "fetcher"), (16, "loader"), (24, "gateway")):
        await until(partial(_is_beyond, system, page))
        await system.kill(service)
        await system.start(service)
        await system.ready("gateway")
    progress = await system.ended("students", sync_id)

    assert (progress["status"], progress["complete"]) == ("completed", True)
    assert progress["processedRecords"] == progress["inserted"] == 2000
    await assert_tables_equal_the_source(system)


async def _is_beyond(system: System, page: int) -> bool:
    return bool((await system.get("/api/hemis/progress/students"))["currentPage"] > page)


async def test_every_service_stops_gracefully(system: System) -> None:
    await system.start_all(students=2000)
    await system.request_sync("students")
    await until(partial(_is_beyond, system, 9))

    codes = {name: await system.programs[name].end() for name in ("fetcher", "loader", "gateway")}

    assert codes == {"fetcher": 0, "loader": 0, "gateway": 0}


async def test_two_gateways_make_one_sync_of_each_tick(system: System) -> None:
    cron = {"HEMIS_SYNC_CRON": "* * * * *"}
    await system.start_simulator(60, 20)
    await system.start("fetcher")
    await system.start("loader")
    await system.start("gateway", **cron)
    await system.start("gateway-2", **cron, GATEWAY_PORT=str(system.ports["gateway-2"]))
    await system.ready("gateway-2")

    async def ticks() -> dict[str, int]:
        rows = await system.rows(
            "SELECT resource, date_trunc('minute', started_at) AS minute, count(*) AS syncs"
            " FROM hemis.syncs WHERE ended_at IS NOT NULL AND trigger = 'schedule' GROUP BY 1, 2"
        )
        return {f"{row['resource']} {row['minute']}": row["syncs"] for row in rows}

    async def both() -> dict[str, int] | None:
        found = await ticks()
        return found if len(found) >= 2 else None

    await until(lambda: system.answers("loader", "/readyz"), 40)
    found = await until(both, 90)
    assert found is not None
    assert set(found.values()) == {1}
