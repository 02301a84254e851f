"""An erased person has no row, whatever the policy and whatever a backup brings back."""

import pytest

from libs.common.contracts.records import ERASED, RecordOrigin, record_headers, record_key
from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Message
from tests.integration.loader.loader_system import LoaderSystem, position, until
from tests.integration.loader.run_rebuild import rebuild

pytestmark = pytest.mark.integration

EMPLOYEES = Resource.EMPLOYEES
POSITIONS = "SELECT hemis_id FROM employee_positions WHERE hemis_id = 1"
PEOPLE = "SELECT hemis_id FROM employees ORDER BY 1"


async def erase(system: LoaderSystem, *keys: str) -> None:
    """Publish what the fetcher publishes when a person is erased."""
    messages = []
    for place, key in enumerate(keys):
        origin = RecordOrigin(
            resource=EMPLOYEES, sync_id="e1", page=0, place=place, source="x", ce_time=system.now()
        )
        headers = (*record_headers(origin, key, b""), ERASED)
        messages.append(Message(system.topics.records(EMPLOYEES), key, None, headers, "1"))
    await system.producer.publish(messages)


async def has_no_position(system: LoaderSystem) -> bool:
    return await system.rows(POSITIONS) == []


async def test_an_erasure_deletes_closed_positions_and_open_questions(system: LoaderSystem) -> None:
    async with system.loader():
        await system.sync("s1", [position(1, 10), position(1, 11), position(2, 20)], EMPLOYEES)
        await system.report("s1")
        await system.page("s2", [None, None], EMPLOYEES, keys=["1:10", "1:11"])
        await until(lambda: _is_closed(system))
        await system.rows("INSERT INTO wishes VALUES ('employees', '1:9', 1, 1, now())")
        await system.rows(
            "INSERT INTO unseen VALUES ('employees', '1:9', 1, '3262311010', 's1', true, now())"
        )

        await erase(system, record_key(EMPLOYEES, 1, {}))
        await until(lambda: has_no_position(system))

    assert [row[0] for row in await system.rows(PEOPLE)] == [2]
    assert await system.table("unseen") == await system.table("wishes") == []


async def _is_closed(system: LoaderSystem) -> bool:
    closed = "SELECT hemis_id FROM employees WHERE removed_at IS NOT NULL"
    return [row[0] for row in await system.rows(closed)] == [1]


async def test_a_rebuild_erases_what_an_old_backup_brought_back(system: LoaderSystem) -> None:
    async with system.loader():
        await system.sync("s1", [position(1, 10), position(1, 11), position(2, 20)], EMPLOYEES)
        await system.report("s1")
        await system.rows("CREATE TABLE old_positions AS SELECT * FROM employee_positions")
        await system.rows("CREATE TABLE old_employees AS SELECT * FROM employees")
        await erase(system, "1:10", "1:11", record_key(EMPLOYEES, 1, {}))
        await until(lambda: has_no_position(system))

    # Restored: the rows are back, one of them closed, and nothing says how far they were loaded.
    await system.rows(
        "INSERT INTO employee_positions SELECT * FROM old_positions WHERE hemis_id = 1"
    )
    await system.rows("INSERT INTO employees SELECT * FROM old_employees WHERE hemis_id = 1")
    await system.rows("UPDATE employee_positions SET removed_at = now() WHERE position_key = '10'")
    await system.rows("DELETE FROM offsets")
    await system.rows(
        "INSERT INTO changes (resource, hemis_id, sync_id, columns) VALUES"
        " ('employees', 1, 's0', '{}'), ('employees', 2, 's0', '{}')"
    )
    await rebuild(system)

    assert await has_no_position(system)
    assert [row[0] for row in await system.rows("SELECT hemis_id FROM changes")] == [2]
    assert [row[0] for row in await system.rows(PEOPLE)] == [2]
