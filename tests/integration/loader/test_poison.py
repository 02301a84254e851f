"""Records that can never load become dead letters; all others load."""

import math

import pytest

from tests.integration.loader.effect_audit import assert_loaded_once, install_audit
from tests.integration.loader.loader_system import Item, LoaderSystem, student

pytestmark = pytest.mark.integration

BATCH = 5_000
FIRST_MIDDLE_LAST = (1, BATCH // 2, BATCH)
FIFTY_SPREAD = tuple(range(37, BATCH, BATCH // 50))

# Of a university's own; no check of ours knows it, so only PostgreSQL refuses.
CONSTRAINT = "ALTER TABLE students ADD CHECK (email <> 'refused@example.uz')"
FOUND_BEFORE: Item = {"birth_date": "SINOVOV"}
FOUND_BY_POSTGRESQL: Item = {"email": "refused@example.uz"}


@pytest.mark.parametrize(
    "places", [FIRST_MIDDLE_LAST, pytest.param(FIFTY_SPREAD, marks=pytest.mark.soak)]
)
async def test_exactly_the_bad_records_of_a_batch_become_dead_letters(
    system: LoaderSystem, places: tuple[int, ...]
) -> None:
    # One partition, so that they stand in the batch where they were published.
    lonely = system.another_university("one", kafka_partitions=1)
    await install_audit(lonely)
    await lonely.execute(CONSTRAINT)
    kinds = (FOUND_BY_POSTGRESQL, FOUND_BEFORE)
    spoilt = {number: kinds[place % 2] for place, number in enumerate(places)}
    await lonely.sync("s1", [student(n, **spoilt.get(n, {})) for n in range(1, BATCH + 1)])

    async with lonely.loader():
        report = await lonely.report("s1", 40)

    letters = await lonely.read(lonely.topics.dead_letters)
    keys = [int(dict(letter.headers)["original_key"]) for letter in letters]
    assert sorted(keys) == sorted(places)
    assert (report.inserted, report.rejected) == (BATCH - len(places), len(places))
    await assert_loaded_once(lonely, [student(n) for n in range(1, BATCH + 1) if n not in spoilt])
    # Halving costs two transactions a level; neither kind is looked for record by record.
    halvings = 2 * math.ceil(math.log2(BATCH)) + 2
    refused = sum(bad is FOUND_BY_POSTGRESQL for bad in spoilt.values())
    assert lonely.counted("batch_seconds_count") <= refused * halvings + 1


async def test_a_bad_record_of_the_greatest_size_leaves_a_stub(system: LoaderSystem) -> None:
    """With its reason it is larger than Kafka takes: a loader must not end in a crash loop."""
    name = "A" * (1024 * 1024 - 700)
    await system.sync("s1", [student(1, full_name=name, birth_date="SINOVOV"), student(2)])

    async with system.loader():
        report = await system.report("s1")

    letters = await system.read(system.topics.dead_letters)
    assert (report.inserted, report.rejected) == (1, 1)
    assert len(letters) == 1
    assert len(letters[0].value or b"") < 2_000_000


async def test_a_key_that_postgresql_cannot_store_does_not_stop_its_partition(
    system: LoaderSystem,
) -> None:
    value = b'{"id": 1826, "meta_id": 1}'
    async with system.loader():
        await system.start("s1")
        await system.page_of_bytes("s1", "7\0", value)
        ends = await system.page("s1", [student(number) for number in range(1, 21)])
        await system.fetched("s1", ends, 21)
        report = await system.report("s1")

    assert (report.inserted, report.rejected) == (20, 1)
