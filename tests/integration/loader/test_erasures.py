"""Of an erased person no row stays, whatever the policy keeps and whatever a backup brings back."""

import pytest

from libs.common.contracts.records import ERASED, RecordOrigin, record_headers, record_key
from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Message
from tests.integration.loader.loader_on_servers import World, position, until
from tests.integration.loader.run_rebuild import rebuild

pytestmark = pytest.mark.integration

EMPLOYEES = Resource.EMPLOYEES
POSITIONS = "SELECT hemis_id FROM employee_positions WHERE hemis_id = 1"
PEOPLE = "SELECT hemis_id FROM employees ORDER BY 1"


async def erase(world: World, *keys: str) -> None:
    """Publish what the fetcher publishes when a person is erased."""
    messages = []
    for place, key in enumerate(keys):
        origin = RecordOrigin(
            resource=EMPLOYEES, sync_id="e1", page=0, place=place, source="x", ce_time=world.now()
        )
        headers = (*record_headers(origin, key, b""), ERASED)
        messages.append(Message(world.topics.records(EMPLOYEES), key, None, headers, "1"))
    await world.producer.publish(messages)


async def has_no_position(world: World) -> bool:
    return await world.rows(POSITIONS) == []


async def test_closed_positions_and_open_questions_go_too(world: World) -> None:
    async with world.loader():
        await world.sync("s1", [position(1, 10), position(1, 11), position(2, 20)], EMPLOYEES)
        await world.report("s1")
        await world.page("s2", [None, None], EMPLOYEES, keys=["1:10", "1:11"])
        await until(lambda: _is_closed(world))
        await world.rows("INSERT INTO wishes VALUES ('employees', '1:9', 1, 1, now())")
        await world.rows(
            "INSERT INTO unseen VALUES ('employees', '1:9', 1, '3262311010', 's1', true, now())"
        )

        await erase(world, record_key(EMPLOYEES, 1, {}))
        await until(lambda: has_no_position(world))

    assert [row[0] for row in await world.rows(PEOPLE)] == [2]
    assert await world.table("unseen") == await world.table("wishes") == []


async def _is_closed(world: World) -> bool:
    closed = "SELECT hemis_id FROM employees WHERE removed_at IS NOT NULL"
    return [row[0] for row in await world.rows(closed)] == [1]


async def test_a_rebuild_erases_what_an_old_backup_brought_back(world: World) -> None:
    async with world.loader():
        await world.sync("s1", [position(1, 10), position(1, 11), position(2, 20)], EMPLOYEES)
        await world.report("s1")
        await world.rows("CREATE TABLE old_positions AS SELECT * FROM employee_positions")
        await world.rows("CREATE TABLE old_employees AS SELECT * FROM employees")
        await erase(world, "1:10", "1:11", record_key(EMPLOYEES, 1, {}))
        await until(lambda: has_no_position(world))

    # Restored: the rows are back, one of them closed, and nothing says how far they were loaded.
    await world.rows(
        "INSERT INTO employee_positions SELECT * FROM old_positions WHERE hemis_id = 1"
    )
    await world.rows("INSERT INTO employees SELECT * FROM old_employees WHERE hemis_id = 1")
    await world.rows("UPDATE employee_positions SET removed_at = now() WHERE position_key = '10'")
    await world.rows("DELETE FROM offsets")
    await rebuild(world)

    assert await has_no_position(world)
    assert [row[0] for row in await world.rows(PEOPLE)] == [2]
