"""docs/consumers.md, word for word: its code, run in order, keeps a copy that equals HEMIS."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.localstack.kafka import EmbeddedKafka
from tests.e2e.system import System, running_system
from tests.examples import world
from tests.examples.guide import DOCS, Walk, blocks
from tests.examples.readers import entries

pytestmark = [pytest.mark.examples, pytest.mark.timeout(300)]


@pytest.fixture
async def kafka(tmp_path: Path) -> AsyncIterator[EmbeddedKafka]:
    """Of this test alone: the guide's topics have the default names."""
    async with EmbeddedKafka(tmp_path / "kafka") as kafka:
        yield kafka


@pytest.fixture
async def hemis_sync(
    tmp_path: Path, kafka: EmbeddedKafka, database_url: str
) -> AsyncIterator[System]:
    servers = kafka.bootstrap_servers
    async with running_system(tmp_path, servers, database_url, "hemis") as system:
        yield system


async def test_the_code_of_the_guide_keeps_a_copy_that_equals_the_source(
    hemis_sync: System, kafka: EmbeddedKafka, tmp_path: Path
) -> None:
    await hemis_sync.start_all(students=300, HEMIS_REMOVED_POLICY="delete")
    await hemis_sync.sync("students")
    walk = Walk.through(
        "consumers.md", tmp_path / "fresh", KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers
    )
    copy = walk.folder / "students.json"

    await walk.to_the_end_of("A copy of your own")
    assert entries(copy) == await world.truth(hemis_sync)

    await world.change(hemis_sync)
    await world.sync_with_removals(hemis_sync)
    changes = await walk.to_the_end_of("Only what changed")
    assert entries(copy) == await world.truth(hemis_sync)
    assert changes.count("changed") == world.CHANGED + world.ADDED
    assert changes.count("gone") == world.REMOVED

    verdict = await walk.to_the_end_of("Is a sync complete?")
    assert "complete: True held: True" in verdict
    assert walk.left == []


def test_the_guides_in_both_languages_have_the_same_code() -> None:
    english, uzbek = (
        [(block.language, block.file, block.code) for block in blocks(page)]
        for page in (DOCS / "consumers.md", DOCS / "uz" / "mavzular.md")
    )

    assert english == uzbek
