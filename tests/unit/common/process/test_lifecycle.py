"""The stop: a flag that is awaited."""

import asyncio

from libs.common.process.lifecycle import Stop


async def test_a_wait_ends_with_the_stop() -> None:
    stop = Stop()

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(stop.wait())
        await asyncio.sleep(0)
        assert not waiting.done()
        stop.set()

    assert waiting.result() is True


async def test_a_wait_ends_after_its_time() -> None:
    assert await Stop().wait(0) is False


async def test_a_wait_after_the_stop_returns_at_once() -> None:
    stop = Stop()
    stop.set()

    assert await stop.wait(1_000) is True
