"""What tests of removals share: a source that lacks people, and the fetcher's answers by hand."""

from typing import Any

from libs.common.contracts.commands import COMMANDS, ConfirmMissing
from libs.common.contracts.enums import RemovalState
from libs.common.contracts.events import MissingConfirmed, RemovalsCounted
from libs.common.contracts.resources import Resource
from tests.integration.loader.loader_system import LoaderSystem, student, until

NUMBER = "326251200658"
EMPLOYEES = Resource.EMPLOYEES


def numbered(n: int, **changed: Any) -> dict[str, Any]:
    return student(n, student_id_number=NUMBER, **changed)


def with_policy(system: LoaderSystem, policy: str) -> LoaderSystem:
    system.settings = system.settings.model_copy(update={"hemis_removed_policy": policy})
    return system


async def two_syncs(system: LoaderSystem, before: range, after: range) -> None:
    await system.sync("s1", [numbered(n) for n in before])
    await system.report("s1")
    await system.sync("s2", [numbered(n) for n in after])
    await system.report("s2")


async def commands(system: LoaderSystem) -> list[ConfirmMissing]:
    decoded = [COMMANDS.decode(r.value or b"") for r in await system.read(system.topics.commands)]
    return [command for command in decoded if isinstance(command, ConfirmMissing)]


async def asked(system: LoaderSystem) -> ConfirmMissing:
    return (await until(lambda: commands(system)))[0]


async def answer(system: LoaderSystem, sync_id: str = "s2", **fields: Any) -> None:
    """Answer as the fetcher would."""
    given: dict[str, Any] = {
        "resource": Resource.STUDENTS,
        "keys": (),
        "asked_at": system.now(),
    } | fields
    await system.publish_event(MissingConfirmed(sync_id=sync_id, at=system.now(), **given))


async def counted(
    system: LoaderSystem, state: RemovalState, sync_id: str = "s2"
) -> RemovalsCounted:
    async def found() -> RemovalsCounted | None:
        events = [e for e in await system.events(sync_id) if isinstance(e, RemovalsCounted)]
        newest = max(events, key=lambda e: (e.database_epoch, e.revision), default=None)
        return newest if newest is not None and newest.state is state else None

    event = await until(found)
    assert event is not None
    return event


async def removed(system: LoaderSystem, table: str = "students") -> set[int]:
    rows = await system.rows(f"SELECT hemis_id FROM {table} WHERE removed_at IS NOT NULL")  # noqa: S608 — names of ours
    return {row["hemis_id"] for row in rows}


async def has_students(system: LoaderSystem, count: int) -> bool:
    return len(await system.table("students")) == count
