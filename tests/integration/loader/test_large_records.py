"""Records of up to 1 MiB: a backlog of them costs no more memory than two batches."""

import pytest

from tests.integration.loader.loader_system import LoaderSystem, student
from tests.integration.loader.running_loaders import LoaderPrograms

pytestmark = [pytest.mark.integration, pytest.mark.soak, pytest.mark.timeout(120)]

RECORDS = 200
NEARLY_A_MEBIBYTE = "A" * (1000 * 1024)


async def test_a_backlog_of_large_records_is_loaded_in_bounded_memory(
    system: LoaderSystem, loaders: LoaderPrograms
) -> None:
    await system.start("s1")
    ends: dict[str, int] = {}
    for first in range(1, RECORDS + 1, 10):
        items = [student(n, biography=NEARLY_A_MEBIBYTE) for n in range(first, first + 10)]
        ends |= await system.page("s1", items)
    await system.fetched("s1", ends, RECORDS)

    loader = await loaders.start(system.settings)
    report = await system.report("s1", 60)

    assert (report.inserted, report.complete) == (RECORDS, True)
    assert loader.peak_megabytes < 250, "the backlog alone is 195 MB"
