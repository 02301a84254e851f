"""A loader is killed or frozen at each fail point: nothing lost or doubled, counts exact."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from urllib.parse import urlsplit

import pytest

from libs.common.contracts.resources import Resource
from tests.integration.loader.effect_audit import assert_loaded_once, install_audit
from tests.integration.loader.loader_system import Item, LoaderSystem, student, until
from tests.integration.loader.running_loaders import LoaderProgram, LoaderPrograms
from tests.tcp_proxy import Proxy, through

pytestmark = [pytest.mark.integration, pytest.mark.timeout(150)]

PLACES = (
    "after-poll",
    "after-stage",
    "after-fence",
    "before-commit",
    "after-commit",
    "between-batches",
)
ITEMS = [student(number) for number in range(1, 2001)]


async def test_a_loader_killed_at_any_fail_point_continues_after_its_restart(
    system: LoaderSystem, loaders: LoaderPrograms
) -> None:
    """All places at once, each with topics and tables of its own: they mostly wait."""
    async with asyncio.TaskGroup() as tasks:
        for place in PLACES:
            settings = {"loader_batch_records": 400}
            tasks.create_task(
                _kill_at(place, system.another_university(place, **settings), loaders)
            )


async def _kill_at(place: str, system: LoaderSystem, loaders: LoaderPrograms) -> None:
    await install_audit(system)
    await _publish(system, ITEMS)

    killed = await loaders.start(system.settings, HEMIS_FAIL_POINT=f"SIGKILL@{place}#2")
    assert await killed.ended() == -signal.SIGKILL
    await loaders.start(system.settings)
    report = await system.report("s1", 90)

    counts = (report.complete, report.distinct, report.inserted, report.unchanged, report.rejected)
    assert counts == (True, len(ITEMS), len(ITEMS), 0, 0), place
    await assert_loaded_once(system, ITEMS)


async def test_a_frozen_loader_is_fenced_when_it_wakes(
    system: LoaderSystem, loaders: LoaderPrograms
) -> None:
    """Also where it held the offset rows' locks, and in the middle of COPY."""
    port = urlsplit(system.settings.database_url.get_secret_value()).port or 0
    async with Proxy(port).listening() as proxy, asyncio.TaskGroup() as tasks:
        for place in ("after-stage", "after-fence"):
            begin = partial(_freeze_itself, loaders, place)
            tasks.create_task(_succeed(system.another_university(place), loaders, begin))
        begin = partial(_freeze_inside_copy, loaders, proxy)
        tasks.create_task(_succeed(system.another_university("inside-copy"), loaders, begin))


async def _freeze_itself(
    loaders: LoaderPrograms, place: str, system: LoaderSystem
) -> LoaderProgram:
    return await loaders.start(system.settings, HEMIS_FAIL_POINT=f"SIGSTOP@{place}#1")


async def _freeze_inside_copy(
    loaders: LoaderPrograms, proxy: Proxy, system: LoaderSystem
) -> LoaderProgram:
    url = through(proxy, system.settings.database_url.get_secret_value())
    proxy.hold_after(b"COPY ")
    program = await loaders.start(system.settings.model_copy(update={"database_url": url}))
    await asyncio.wait_for(proxy.heard.wait(), 30)
    program.signal(signal.SIGSTOP)
    proxy.release()
    return program


async def _succeed(
    system: LoaderSystem,
    loaders: LoaderPrograms,
    begin: Callable[[LoaderSystem], Awaitable[LoaderProgram]],
) -> None:
    await install_audit(system)
    await _publish(system, ITEMS[:1000])
    frozen = await begin(system)
    await until(lambda: _is(frozen.is_frozen), 30)

    successor = await loaders.start(system.settings)
    everything = len(Resource) * system.settings.kafka_partitions
    await until(lambda: _is(successor.said(f"partitions assigned count={everything}")))
    await until(lambda: system.rows("SELECT 1 FROM students LIMIT 1"), 10)
    report = await system.report("s1", 30)
    frozen.signal(signal.SIGCONT)
    await until(lambda: _is(_noticed(frozen)), 30)

    assert (report.inserted, report.unchanged, report.complete) == (1000, 0, True)
    await assert_loaded_once(system, ITEMS[:1000])


def _noticed(program: LoaderProgram) -> bool:
    """Fenced, or, having slept for long, without the connection that PostgreSQL took away."""
    return program.said("claiming again") or program.said("waiting for postgresql")


async def _is(value: bool) -> bool:  # noqa: FBT001 — an answer, no switch
    return value


async def _publish(system: LoaderSystem, items: list[Item]) -> None:
    await system.start("s1")
    ends: dict[str, int] = {}
    for first in range(0, len(items), 500):
        ends |= await system.page("s1", items[first : first + 500])
    await system.fetched("s1", ends, len(items))
