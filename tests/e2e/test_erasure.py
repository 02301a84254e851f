"""One student and one employee erased: rows, topics, dead letters; and nothing brings them back."""

import pytest

from libs.common.contracts.records import ERASED
from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Partition, Record
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from libs.localstack.ports import free_port
from tests.e2e.system import Answer, System, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

KEY = "a-key-of-the-operators"
STUDENT, NUMBER = 50421, "326251200658"
EMPLOYEE, POSITIONS = 1826, 2
ERASURES = "/api/hemis/erasures"


async def test_an_erased_person_is_nowhere_and_never_comes_back(system: System) -> None:
    await system.start_all(30, 10, HEMIS_REMOVED_POLICY="delete")
    await system.start(
        "gateway-2", GATEWAY_API_KEYS=f"ops:{KEY}", GATEWAY_PORT=str(system.ports["gateway-2"])
    )
    await _load_all_and_bury_one(system)

    await _erase(system)
    await until(lambda: _no_row_is_left(system))
    await until(lambda: _desk_is_empty(system))
    await _assert_the_topics_say_so(system)

    await _assert_the_next_syncs_leave_them_out(system)
    await _assert_nobody_fetches_them(system)
    await _rebuild_into_empty_tables(system)
    assert await _no_row_is_left(system)
    assert NUMBER not in "".join(one.log.read_text() for one in system.programs.values())


async def _load_all_and_bury_one(system: System) -> None:
    for resource in ("students", "employees"):
        assert (await system.sync(resource))["complete"] is True
    wrong = {str(EMPLOYEE): {"year_of_enter": "last year"}}
    await system.control("records", {"resource": "employees", "change": wrong})
    assert (await system.sync("employees"))["rejected"] == POSITIONS
    assert not await _no_row_is_left(system)
    await until(lambda: _desk_has(system, POSITIONS))


async def _erase(system: System) -> None:
    await until(lambda: system.answers("gateway-2", "/readyz"))
    by_number = {"student_id_number": NUMBER, "confirm": "erase"}
    open_gateway, problem = await system.post(f"{ERASURES}/student", by_number)
    assert (open_gateway, problem["code"]) == (403, "erasing_needs_a_key")

    student = await _asked(system, "student", by_number)
    employee = await _asked(system, "employee", {"hemis_id": EMPLOYEE, "confirm": "erase"})

    assert (student["hemisId"], student["records"]) == (STUDENT, 1)
    assert (employee["hemisId"], employee["records"]) == (EMPLOYEE, POSITIONS + 1)
    noted = (await system.get(ERASURES))["items"]
    assert [one["erasureId"] for one in noted] == [employee["erasureId"], student["erasureId"]]
    assert {one["requestedBy"] for one in noted} == {"ops"}
    assert not any("hemisId" in one for one in noted)


async def _asked(system: System, word: str, person: Answer) -> Answer:
    key = {"X-API-Key": KEY}
    status, answer = await system.ask("POST", "gateway-2", f"{ERASURES}/{word}", person, **key)
    assert status == 200, answer
    return dict(answer)


async def _no_row_is_left(system: System) -> bool:
    rows = await system.rows(
        "SELECT hemis_id FROM hemis.students WHERE hemis_id = $1"
        " UNION ALL SELECT hemis_id FROM hemis.employee_positions WHERE hemis_id = $2"
        " UNION ALL SELECT hemis_id FROM hemis.employees WHERE hemis_id = $2",
        *(STUDENT, EMPLOYEE),
    )
    return not rows


async def _desk_has(system: System, letters: int) -> bool:
    return len((await system.get("/api/hemis/dead-letters"))["items"]) == letters


async def _desk_is_empty(system: System) -> bool:
    return await _desk_has(system, 0)


async def _assert_the_topics_say_so(system: System) -> None:
    topics = Topics(system.environment["KAFKA_TOPIC_PREFIX"])
    students = await _newest(system, f"{topics.prefix}.students", 4)
    employees = await _newest(system, f"{topics.prefix}.employees", 4)
    letters = await _newest(system, topics.dead_letters, 1)
    theirs = [record for key, record in employees.items() if key.startswith(f"{EMPLOYEE}:")]
    gone = [students[str(STUDENT)], *theirs]

    assert len(theirs) == POSITIONS + 1
    assert all(record.value is None and ERASED in record.headers for record in gone)
    assert [record.value for record in letters.values()] == [None] * POSITIONS


async def _newest(system: System, topic: str, partitions: int) -> dict[str, Record]:
    kafka = {k.lower(): v for k, v in system.environment.items() if k.startswith("KAFKA_")}
    settings = ServiceSettings.model_validate(kafka)
    broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()))
    starts = {Partition(topic, number): None for number in range(partitions)}
    async with broker.log_reader(starts) as reader:
        read = [record async for records in read_to_end(reader) for record in records]
    return {(record.key or b"").decode(): record for record in read}


async def _assert_the_next_syncs_leave_them_out(system: System) -> None:
    for resource, suppressed in (("students", 1), ("employees", POSITIONS)):
        progress = await system.sync(resource)
        report = await system.get(f"/api/hemis/syncs/{progress['syncId']}")
        counted = progress["processedRecords"] + progress["suppressed"]
        assert (progress["complete"], progress["suppressed"]) == (True, suppressed)
        assert (counted, progress["missing"]) == (progress["totalRecords"], 0)
        assert (report["removals"] or {"missing": 0})["missing"] == 0
    assert await _no_row_is_left(system)
    assert await _desk_is_empty(system)


async def _assert_nobody_fetches_them(system: System) -> None:
    for word, person in (
        ("student", {"hemis_id": STUDENT}),
        ("student", {"student_id_number": NUMBER}),
        ("employee", {"hemis_id": EMPLOYEE}),
    ):
        status, problem = await system.post(f"/api/hemis/sync/{word}", person)
        assert (status, problem["code"]) == (409, "record_erased")
    assert await _no_row_is_left(system)


async def _rebuild_into_empty_tables(system: System) -> None:
    await system.rows("TRUNCATE hemis.students, hemis.employee_positions, hemis.employees")
    program = await system.start("loader-2", "rebuild", LOADER_HEALTH_PORT=str(free_port()))
    assert await program.process.wait() == 0
    (students,) = await system.rows("SELECT count(*) FROM hemis.students")
    assert students["count"] == len(await system.source("students")) - 1
