"""The whole system, on topics and in a database of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.system import System, running_system


@pytest.fixture
async def system(
    tmp_path: Path, bootstrap_servers: str, database_url: str, topic_prefix: str
) -> AsyncIterator[System]:
    async with running_system(tmp_path, bootstrap_servers, database_url, topic_prefix) as system:
        yield system
