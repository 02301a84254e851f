"""Events and commands that cannot be stored stop neither a loader nor the others."""

import asyncpg
import pytest

from libs.common.contracts.commands import Command
from libs.common.contracts.events import Event
from libs.common.kafka.ports import Message
from tests.integration.loader.loader_system import LoaderSystem, student, until
from tests.poison_messages import poisonous, raw

pytestmark = pytest.mark.integration

# Of another topic than the good ones: so many rejects as some of these tell pause theirs.
OTHERS = {"resource": "employees"}


@pytest.mark.timeout(120)
async def test_no_message_on_its_topics_stops_a_loader_or_its_next_start(
    system: LoaderSystem,
) -> None:
    await system.make_topics()
    await _publish_poison(system)

    async with system.loader():
        await system.sync("s1", [student(1)])
        await until(lambda: _completed(system, "s1"))
    async with system.loader():
        await system.sync("s2", [student(1), student(2)])
        (row,) = await until(lambda: _completed(system, "s2"))

    assert (row["inserted"], row["unchanged"], row["complete"]) == (1, 1, True)


async def _completed(system: LoaderSystem, sync_id: str) -> list[asyncpg.Record]:
    sql = "SELECT * FROM syncs WHERE sync_id = $1 AND outcome = 'completed'"
    return await system.rows(sql, sync_id)


async def _publish_poison(system: LoaderSystem) -> None:
    """Publish every event that is amiss as a part of a sync of its own that has all the others."""
    events = list(poisonous(Event))
    told = [
        Message(
            system.topics.progress, f"p{number}", raw(of_sync | OTHERS | {"sync_id": f"p{number}"})
        )
        for number, event in enumerate(events)
        for of_sync in _with_a_beginning(event)
    ]
    amiss = [Message(system.topics.progress, "p", raw(event | OTHERS)) for event in events]
    commands = [Message(system.topics.commands, "c", raw(one)) for one in poisonous(Command)]
    await system.producer.publish([*told, *amiss, *commands])


def _with_a_beginning(event: dict[str, object]) -> list[dict[str, object]]:
    started = {
        "type": "SyncStarted",
        "at": 1_700_000_000_000,
        "attempt": 1,
        "kind": "full",
        "mode": "full",
        "trigger": "manual",
        "page_size": 50,
    }
    return [event] if event["type"] == "SyncStarted" else [started, event]
