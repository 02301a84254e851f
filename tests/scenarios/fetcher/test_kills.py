"""A fetcher that is killed at each step of its work."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from libs.common.contracts.events import SourceDrifted, SyncFetched
from libs.common.kafka.in_memory import InMemoryProducer
from libs.common.kafka.ports import Message, Position
from tests.scenarios.fetcher.fetcher_system import STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import student

PAGES = 2
Arriving = Callable[[Sequence[Message]], int]


def nothing(messages: Sequence[Message]) -> int:
    return 0


def half(messages: Sequence[Message]) -> int:
    return len(messages) // 2


def everything(messages: Sequence[Message]) -> int:
    return len(messages)


class Fatal:
    """A producer that at one of its calls lets some arrive and never answers; see ``Producer``."""

    def __init__(self, system: FetcherSystem, call: int, arriving: Arriving) -> None:
        self._producer = InMemoryProducer(system.broker)
        self._calls_left = call
        self._arriving = arriving
        self.is_reached = asyncio.Event()

    async def publish(self, messages: Sequence[Message]) -> list[Position]:
        self._calls_left -= 1
        if self._calls_left > 0:
            return await self._producer.publish(messages)
        await self._producer.publish(messages[: self._arriving(messages)])
        self.is_reached.set()
        await asyncio.Event().wait()
        return []


@pytest.mark.parametrize("arriving", [nothing, half, everything])
async def test_a_kill_at_any_step_costs_at_most_one_page_twice(arriving: Arriving) -> None:
    call, is_over = 1, False

    while not is_over:
        is_over = await killed_at(call, arriving)
        call += 1

    # A takeover, a command, two pages of three messages, a decision.
    assert call > 10


async def killed_at(call: int, arriving: Arriving) -> bool:
    """Kill the first fetcher at this call, let a second one finish; tell whether none was left."""
    system = await FetcherSystem.set_up()
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 10 * PAGES)]
    system.producer = fatal = Fatal(system, call, arriving)
    sync_id = system.start()
    async with system.fetcher():
        await system.until(lambda: fatal.is_reached.is_set() or is_decided(system))
    system.producer = InMemoryProducer(system.broker)
    async with system.fetcher():
        decision = await system.decided(sync_id)

    assert (decision.complete, decision.missing, decision.distinct) == (True, 0, 10 * PAGES - 1)
    assert set(map(int, system.published())) == set(range(1, 10 * PAGES))
    asked = Counter(system.hemis.pages_asked(STUDENTS))
    assert sum(asked.values()) <= PAGES + 1
    return not fatal.is_reached.is_set()


def is_decided(system: FetcherSystem, sync_id: str | None = None) -> bool:
    return bool(system.events(SyncFetched, sync_id))


@pytest.mark.parametrize("arriving", [nothing, everything])
async def test_a_kill_at_any_step_loses_no_report_of_changed_fields(arriving: Arriving) -> None:
    call, is_over = 1, False

    while not is_over:
        is_over = await drifted_and_killed_at(call, arriving)
        call += 1

    assert call > 10


async def drifted_and_killed_at(call: int, arriving: Arriving) -> bool:
    """Kill the fetcher of a second sync, in the middle of which HEMIS changes a field."""
    system = await FetcherSystem.set_up()
    people = [student(hemis_id, gpa=4.5) for hemis_id in range(1, 10 * PAGES)]
    system.hemis.items[STUDENTS] = people
    async with system.fetcher():
        await system.decided(system.start())
    system.hemis.items[STUDENTS] = people[:9] + [one | {"gpa": "4.5"} for one in people[9:]]
    system.producer = fatal = Fatal(system, call, arriving)
    sync_id = system.start()
    async with system.fetcher():
        await system.until(lambda: fatal.is_reached.is_set() or is_decided(system, sync_id))
    system.producer = InMemoryProducer(system.broker)
    async with system.fetcher():
        await system.decided(sync_id)

    told = {(one.sync_id, one.change, *one.types.items()) for one in system.events(SourceDrifted)}
    assert told == {(sync_id, "retyped", ("gpa", "number → string"))}
    return not fatal.is_reached.is_set()
