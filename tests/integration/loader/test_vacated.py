"""Positions not seen of a person who was seen are closed, whatever the policy."""

import pytest

from libs.common.contracts.enums import RemovalState
from libs.common.contracts.events import MissingConfirmed
from libs.common.contracts.resources import Resource
from tests.integration.loader.loader_system import LoaderSystem, position, until
from tests.integration.loader.missing_people import asked, counted, removed, with_policy

pytestmark = pytest.mark.integration

EMPLOYEES = Resource.EMPLOYEES
MAIN = {"code": "11", "name": "Asosiy ish joy"}


async def test_a_vacated_position_is_closed_and_the_person_shows_another(
    system: LoaderSystem,
) -> None:
    others = [position(n, 10 * n) for n in range(2, 30)]
    vacated = position(1, 10, employmentForm=MAIN, employee_id_number="3262311010")
    async with with_policy(system, "keep").loader():
        await system.sync("s1", [vacated, position(1, 11), *others], EMPLOYEES)
        await system.report("s1")
        assert await _shown(system) == 10

        await system.sync("s2", [position(1, 11), *others], EMPLOYEES)
        await system.report("s2")
        command = await asked(system)
        (record,) = command.records
        assert (record.key, record.id_number) == ("1:10", "3262311010")
        assert record.tombstone

        await system.page("s2", [None], EMPLOYEES, keys=["1:10"])
        answer = MissingConfirmed(
            sync_id="s2", resource=EMPLOYEES, at=1, keys=("1:10",), tombstones=("1:10",)
        )
        await system.publish_event(answer)
        done = await counted(system, RemovalState.DONE)
        await until(lambda: _shows(system, 11))

    assert (done.missing, done.vacated, done.removed) == (0, 1, 1)
    assert await removed(system, "employee_positions") == {1}
    assert await removed(system, "employees") == set()


async def test_rows_under_keys_of_an_earlier_version_are_closed_by_the_next_complete_sync(
    system: LoaderSystem,
) -> None:
    numbered = {"employee_id_number": "3262311010", "department": {"id": 12}}
    posts = [{"id": 1, **numbered, "contract_number": number} for number in ("15-A", "15-B")]
    others = [position(n, 10 * n) for n in range(2, 5)]
    before = "1:x8f9e6e7f840ab1a1"
    async with with_policy(system, "keep").loader():
        await system.start("s1", EMPLOYEES)
        ends = await system.page("s1", others, EMPLOYEES)
        ends |= await system.page("s1", posts[:1], EMPLOYEES, keys=[before])
        await system.fetched("s1", ends, 4, resource=EMPLOYEES)
        await system.report("s1")

        await system.sync("s2", [*posts, *others], EMPLOYEES)
        await system.report("s2")
        (record,) = (await asked(system)).records
        assert (record.key, record.tombstone) == (before, True)

        await system.page("s2", [None], EMPLOYEES, keys=[before])
        answer = MissingConfirmed(
            sync_id="s2", resource=EMPLOYEES, at=1, keys=(before,), tombstones=(before,)
        )
        await system.publish_event(answer)
        done = await counted(system, RemovalState.DONE)

    assert (done.missing, done.vacated, done.removed) == (0, 1, 1)
    kept = await system.rows(
        "SELECT contract_number FROM employee_positions"
        " WHERE hemis_id = 1 AND removed_at IS NULL ORDER BY 1"
    )
    assert [row[0] for row in kept] == ["15-A", "15-B"]
    assert await removed(system, "employees") == set()


async def _shown(system: LoaderSystem) -> int:
    return int((await system.rows("SELECT meta_id FROM employees WHERE hemis_id = 1"))[0][0])


async def _shows(system: LoaderSystem, meta_id: int) -> bool:
    return await _shown(system) == meta_id


async def test_a_person_who_is_gone_is_marked_with_all_positions(system: LoaderSystem) -> None:
    others = [position(n, 10 * n) for n in range(2, 60)]
    gone = [position(1, n, employee_id_number="3262311010") for n in (10, 11)]
    async with with_policy(system, "mark").loader():
        await system.sync("s1", [*gone, *others], EMPLOYEES)
        await system.report("s1")
        await system.sync("s2", others, EMPLOYEES)
        await system.report("s2")
        command = await asked(system)
        keys = tuple(record.key for record in command.records)
        at = system.now()
        answer = MissingConfirmed(sync_id="s2", resource=EMPLOYEES, at=at, keys=keys, asked_at=at)
        await system.publish_event(answer)
        await counted(system, RemovalState.DONE)

        assert keys == ("1:10", "1:11")
        assert not any(record.tombstone for record in command.records)
        assert await removed(system, "employees") == {1}

        await system.sync("s3", [*gone, *others], EMPLOYEES)
        await system.report("s3")

    assert await removed(system, "employees") == set()
    assert await removed(system, "employee_positions") == set()
