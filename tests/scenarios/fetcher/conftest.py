"""The fetcher as a whole, in virtual time: an hour of waiting takes no time at all."""

from asyncio import AbstractEventLoop
from collections.abc import Callable, Mapping

import pytest

from tests.scenarios.fetcher.fetcher_system import FetcherSystem
from tests.scenarios.fetcher.virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], AbstractEventLoop]]:
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
async def system() -> FetcherSystem:
    return await FetcherSystem.set_up()
