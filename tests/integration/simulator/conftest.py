"""A simulator on a free port, and a client that has its token."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from libs.simulator import Behaviour, SimulatedHemis, running_simulator


@pytest.fixture
def hemis() -> SimulatedHemis:
    return SimulatedHemis(300, 60, seed=5, behaviour=Behaviour(rate_limit_per_second=None))


@pytest.fixture
async def client(hemis: SimulatedHemis) -> AsyncIterator[aiohttp.ClientSession]:
    async with (
        running_simulator(hemis) as address,
        aiohttp.ClientSession(address, headers={"Authorization": "Bearer simulator"}) as session,
    ):
        yield session
