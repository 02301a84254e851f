"""Runs the code of docs/consumers.md in order, and compares the copy with HEMIS."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.localstack.kafka import EmbeddedKafka
from tests.e2e.system import System, running_system
from tests.examples import source
from tests.examples.code_blocks import DOCS, PageRun, blocks
from tests.examples.readers import entries

pytestmark = [pytest.mark.examples, pytest.mark.timeout(300)]


@pytest.fixture
async def kafka(tmp_path: Path) -> AsyncIterator[EmbeddedKafka]:
    """A Kafka for this test alone, because the guide uses the default topic names."""
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
    page_run = PageRun.through(
        "consumers.md", tmp_path / "fresh", KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers
    )
    copy = page_run.folder / "students.json"

    await page_run.run_section("A copy of your own")
    assert entries(copy) == await source.expected_copy(hemis_sync)

    await source.change_students(hemis_sync)
    await source.sync_with_removals(hemis_sync)
    changes = await page_run.run_section("Only what changed")
    assert entries(copy) == await source.expected_copy(hemis_sync)
    assert changes.count("changed") == source.CHANGED + source.ADDED
    assert changes.count("gone") == source.REMOVED

    printed = await page_run.run_section("Is a sync complete?")
    assert "complete: True held: True" in printed
    assert page_run.left == []


def test_the_guides_in_both_languages_have_the_same_code() -> None:
    english, uzbek = (
        [(block.language, block.file, block.code) for block in blocks(page)]
        for page in (DOCS / "consumers.md", DOCS / "uz" / "mavzular.md")
    )

    assert english == uzbek
