"""A whole hemis-sync, and a reader for each example."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.system import System, running_system
from tests.examples.readers import EXAMPLES, Reader


@pytest.fixture
async def system(
    tmp_path: Path, bootstrap_servers: str, database_url: str, topic_prefix: str
) -> AsyncIterator[System]:
    async with running_system(tmp_path, bootstrap_servers, database_url, topic_prefix) as system:
        yield system


@pytest.fixture
async def readers(
    tmp_path: Path, bootstrap_servers: str, topic_prefix: str
) -> AsyncIterator[list[Reader]]:
    """One reader for each example, not started."""
    environment = {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "TOPIC": f"{topic_prefix}.students",
        "GROUP": f"{topic_prefix}.reader",
    }
    readers = [Reader(example, tmp_path, environment) for example in EXAMPLES]
    yield readers
    for reader in readers:
        await reader.kill()
