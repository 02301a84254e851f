"""What tests of removals share: a source that lacks people, and the fetcher's answers by hand."""

from typing import Any

from libs.common.contracts.commands import COMMANDS, ConfirmMissing
from libs.common.contracts.enums import RemovalState
from libs.common.contracts.events import MissingConfirmed, RemovalsCounted
from libs.common.contracts.resources import Resource
from tests.integration.loader.loader_on_servers import World, student, until

NUMBER = "326251200658"
EMPLOYEES = Resource.EMPLOYEES


def numbered(n: int, **changed: Any) -> dict[str, Any]:
    return student(n, student_id_number=NUMBER, **changed)


def with_policy(world: World, policy: str) -> World:
    world.settings = world.settings.model_copy(update={"hemis_removed_policy": policy})
    return world


async def two_syncs(world: World, before: range, after: range) -> None:
    await world.sync("s1", [numbered(n) for n in before])
    await world.report("s1")
    await world.sync("s2", [numbered(n) for n in after])
    await world.report("s2")


async def commands(world: World) -> list[ConfirmMissing]:
    decoded = [COMMANDS.decode(r.value or b"") for r in await world.read(world.topics.commands)]
    return [command for command in decoded if isinstance(command, ConfirmMissing)]


async def asked(world: World) -> ConfirmMissing:
    return (await until(lambda: commands(world)))[0]


async def answer(world: World, sync_id: str = "s2", **fields: Any) -> None:
    """Answer as the fetcher would."""
    given: dict[str, Any] = {
        "resource": Resource.STUDENTS,
        "keys": (),
        "asked_at": world.now(),
    } | fields
    await world.tell(MissingConfirmed(sync_id=sync_id, at=world.now(), **given))


async def counted(world: World, state: RemovalState, sync_id: str = "s2") -> RemovalsCounted:
    async def found() -> RemovalsCounted | None:
        events = [e for e in await world.events(sync_id) if isinstance(e, RemovalsCounted)]
        newest = max(events, key=lambda e: (e.database_epoch, e.revision), default=None)
        return newest if newest is not None and newest.state is state else None

    event = await until(found)
    assert event is not None
    return event


async def removed(world: World, table: str = "students") -> set[int]:
    rows = await world.rows(f"SELECT hemis_id FROM {table} WHERE removed_at IS NOT NULL")  # noqa: S608 — names of ours
    return {row["hemis_id"] for row in rows}


async def has_students(world: World, count: int) -> bool:
    return len(await world.table("students")) == count
