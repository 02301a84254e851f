"""Starting a client of aiokafka: a cancelled start leaves no task behind."""

import asyncio
from typing import Any, cast

import pytest

from libs.common.kafka.client_start import begin


class SlowClient:
    """Starts for an hour, and notes how its start ended."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.was_cancelled = False

    async def start(self) -> None:
        self.started.set()
        try:
            await asyncio.sleep(3_600)
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise


@pytest.mark.parametrize("cancels", [2, 3])
async def test_a_start_that_is_cancelled_again_and_again_leaves_no_task(cancels: int) -> None:
    client = SlowClient()
    beginning = asyncio.ensure_future(begin(cast("Any", client)))
    await client.started.wait()

    for _ in range(cancels):
        beginning.cancel()
        await asyncio.sleep(0.01)
    await asyncio.wait([beginning], timeout=1)

    assert beginning.cancelled()
    assert client.was_cancelled
    assert asyncio.all_tasks() == {asyncio.current_task()}
