"""Missing rights and wrong constraints are named; the records stay and load afterwards."""

import asyncio
from typing import Any

import pytest

from libs.common.clock import SystemClock
from libs.common.contracts.heartbeats import Finding
from libs.common.process.findings import Findings
from libs.common.process.readiness import Readiness
from services.loader.migrations import MIGRATIONS
from services.loader.store.database_checks import DatabaseChecks
from services.loader.store.rights import ON_DATABASE, ON_SCHEMA, ON_TABLES
from tests.integration.loader.limited_user import LimitedUser, limited_user
from tests.integration.loader.loader_system import LoaderSystem, student, until
from tests.integration.loader.run_rebuild import rebuild

pytestmark = pytest.mark.integration

ITEMS = [student(number) for number in range(1, 101)]


async def found(readiness: Readiness, code: str) -> Finding:
    async def named() -> list[Finding]:
        return [finding for finding in readiness.findings() if finding.code == code]

    return (await until(named))[0]


async def doctor(user: LimitedUser) -> list[str]:
    findings = Findings()
    url = user.url.get_secret_value()
    await DatabaseChecks(url, "hemis", MIGRATIONS, findings, SystemClock()).run_once()
    return [one.detail for one in findings.all() if one.code == "database_rights_missing"]


async def test_the_listed_rights_are_enough_to_load_and_to_rebuild(
    system: LoaderSystem,
) -> None:
    async with limited_user(system) as user:
        await system.execute(user.granted())
        async with system.loader(database_url=user.url):
            await system.sync("s1", ITEMS)
            report = await system.report("s1")
        limited = system.settings.model_copy(update={"database_url": user.url})
        said = await rebuild(LoaderSystem(limited, system.broker, system.producer))

        assert report.complete
        assert "nothing differs" in said
        assert await doctor(user) == []


async def test_doctor_names_each_missing_right(system: LoaderSystem) -> None:
    async with limited_user(system) as user:
        await system.execute(user.granted())
        named = {}
        places = {
            f"database {user.database}": ON_DATABASE,
            "schema hemis": ON_SCHEMA,
            "students": ON_TABLES,
        }
        for place, rights in places.items():
            for right in rights:
                where = "hemis.students" if place == "students" else place
                await system.execute(f"REVOKE {right} ON {where} FROM {user.name}")
                named[right, place] = await doctor(user)
                await system.execute(f"GRANT {right} ON {where} TO {user.name}")

        assert named == {
            (right, place): [f"The user of DATABASE_URL lacks {right} on {place}"]
            for right, place in named
        }
        assert len(named) == 7


@pytest.mark.parametrize(
    ("revoked", "place"), [("TEMPORARY", "DATABASE {0}"), ("INSERT", "hemis.students")]
)
async def test_a_missing_right_is_named_and_loading_continues_after_the_grant(
    system: LoaderSystem, revoked: str, place: str
) -> None:
    async with limited_user(system) as user:
        where = place.format(user.database)
        await system.execute(user.granted() + f"REVOKE {revoked} ON {where} FROM {user.name}")
        async with system.loader(database_url=user.url, ready=False) as readiness:
            await system.sync("s1", ITEMS)
            fault = await found(readiness, "database_rights_missing")
            await system.execute(f"GRANT {revoked} ON {where} TO {user.name}")
            report = await system.report("s1")

        assert "permission denied" in fault.detail
        assert fault.advice.startswith("GRANT")
        assert (report.complete, report.inserted) == (True, len(ITEMS))
        assert await system.read(system.topics.dead_letters) == []


OWN: list[Any] = [
    (
        "ALTER TABLE students ADD CONSTRAINT own_rule CHECK (email IS NOT NULL)",
        "ALTER TABLE students DROP CONSTRAINT own_rule",
        "records_refused_alike",
        "SQLSTATE 23514), table hemis.students, constraint own_rule",
    ),
    (
        "CREATE FUNCTION own_note() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN INSERT INTO gone VALUES (NEW.hemis_id); RETURN NEW; END $$;"
        " CREATE TRIGGER own AFTER INSERT ON students FOR EACH ROW EXECUTE FUNCTION own_note()",
        "DROP TRIGGER own ON students",
        "own_trigger_fails",
        "function own_note",
    ),
]


@pytest.mark.parametrize(("own", "dropped", "code", "named"), OWN, ids=["constraint", "trigger"])
async def test_a_constraint_that_refuses_a_whole_batch_is_named_and_makes_no_dead_letter(
    system: LoaderSystem, own: str, dropped: str, code: str, named: str
) -> None:
    async with system.loader() as readiness:
        await system.execute(own)
        await system.sync("s1", ITEMS)
        fault = await found(readiness, code)
        # It stays named between two tries, and nobody is told that all is well.
        seen = [await _codes(readiness) for _ in range(20)]
        await system.execute(dropped)
        report = await system.report("s1")
        await until(lambda: _is_ready(readiness))

    assert named in fault.detail
    assert set(seen) == {code}
    assert (report.complete, report.inserted, report.rejected) == (True, len(ITEMS), 0)
    assert await system.read(system.topics.dead_letters) == []


async def _codes(readiness: Readiness) -> str:
    await asyncio.sleep(0.05)
    return ",".join(finding.code for finding in readiness.findings())


async def _is_ready(readiness: Readiness) -> bool:
    return readiness.ready()
