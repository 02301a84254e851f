"""Unit tests of the fetcher run in virtual time: an hour of waiting takes no time at all."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

import pytest

from tests.unit.fetcher.stage import Stage
from tests.unit.fetcher.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
async def stage() -> Stage:
    return await Stage.set_up()
