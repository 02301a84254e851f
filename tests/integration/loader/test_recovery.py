"""Restarts, lost databases and several loaders: nothing lost or doubled."""

import pytest

from libs.common.contracts.enums import Outcome
from libs.common.kafka.ports import Partition
from tests.integration.loader.delete_topics import delete_topics
from tests.integration.loader.loader_system import LoaderSystem, student, until

pytestmark = pytest.mark.integration

OURS = ("synced_at", "first_seen_at", "unlisted_since", "revision", "announced_revision")


async def test_a_restarted_loader_continues_at_its_offset(system: LoaderSystem) -> None:
    async with system.loader():
        await system.start("s1")
        await system.page("s1", [student(n) for n in range(1, 101)])
        await until(lambda: system.table("students"))
    ends = await system.page("s1", [student(n) for n in range(101, 201)])

    async with system.loader():
        await system.fetched("s1", ends, 200)
        report = await system.report("s1")

    assert (report.inserted, report.unchanged, report.complete) == (200, 0, True)


async def test_a_lost_database_comes_back_from_the_topics_alone(system: LoaderSystem) -> None:
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 101)])
        await system.report("s1")
        await system.sync("s2", [student(n, email=f"{n}@example.uz") for n in range(1, 51)])
        await system.report("s2")
    students = await system.table("students", *OURS)
    syncs = await system.table("syncs", *OURS)
    await system.rows("DROP SCHEMA hemis CASCADE")

    async with system.loader():
        await until(lambda: _count(system, 100))
        await until(lambda: _same(system, students))

        assert await system.table("syncs", *OURS) == syncs


async def _count(system: LoaderSystem, wanted: int) -> bool:
    return len(await system.table("students")) == wanted


async def _same(system: LoaderSystem, wanted: list[dict[str, object]]) -> bool:
    return await system.table("students", *OURS) == wanted


async def test_a_page_that_is_read_before_the_resume_of_its_sync_is_counted(
    system: LoaderSystem,
) -> None:
    names = [f"s{n}" for n in range(5)]
    counted = "SELECT FROM syncs WHERE rejected = 1 AND attempt = 2 AND ended_at IS NULL"
    async with system.loader():
        for name in names:
            await system.start(name)
            await system.fetched(name, {}, 0, outcome=Outcome.FAILED)
        await until(lambda: _are_there(system, "SELECT FROM syncs WHERE outcome = 'failed'", 5))

        for name in names:
            await system.start(name, attempt=2)
            await system.page(name, [student(1, birth_date="no date")])

        await until(lambda: _are_there(system, counted, 5), 10)


async def _are_there(system: LoaderSystem, sql: str, wanted: int) -> bool:
    return len(await system.rows(sql)) == wanted


@pytest.mark.parametrize("anew", [300, 100, 30], ids=["larger", "as large", "smaller"])
async def test_recreated_topics_are_read_from_their_beginning(
    system: LoaderSystem, anew: int
) -> None:
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 101)])
        await system.report("s1")
    await delete_topics(system)
    await system.sync("s2", [student(n, email="a@example.uz") for n in range(1, anew + 1)])

    async with system.loader():
        report = await system.report("s2")
        rows = await system.table("students")

    changed = [row["hemis_id"] for row in rows if row["email"] == "a@example.uz"]
    expected = (max(anew - 100, 0), min(anew, 100), True)
    assert (report.inserted, report.updated, report.complete) == expected
    assert changed == list(range(1, anew + 1))


async def test_a_fenced_loader_drops_its_batch_and_claims_again(
    system: LoaderSystem,
) -> None:
    async with system.loader():
        await system.sync("s1", [student(1)])
        await system.report("s1")
        await system.rows("UPDATE offsets SET epoch = epoch + 1")

        await system.sync("s2", [student(n) for n in range(1, 11)])
        report = await system.report("s2")

    assert (report.inserted, report.unchanged) == (9, 1)


async def test_two_loaders_share_the_partitions_and_the_counts_are_exact(
    system: LoaderSystem,
) -> None:
    await system.make_topics()
    async with system.loader():
        await system.start("s1")
        await system.page("s1", [student(n) for n in range(1, 301)])
        async with system.loader():
            await system.page("s1", [student(n) for n in range(301, 601)])
            ends = await system.page("s1", [student(n) for n in range(1, 601)])
            await system.fetched("s1", ends, 600)
            report = await system.report("s1")

    assert (report.inserted, report.unchanged, report.distinct) == (600, 0, 600)
    assert len(await system.table("students")) == 600


async def test_offsets_are_committed_to_kafka_for_lag_tools(system: LoaderSystem) -> None:
    async with system.loader():
        await system.sync("s1", [student(n) for n in range(1, 101)])
        await system.report("s1")
    offsets = {
        (r["topic"], r["partition"]): r["next_offset"] for r in await system.table("offsets")
    }

    group = system.topics.group("loader")
    async with system.broker.group_consumer(group, [system.topics.services], _Nobody()) as consumer:
        for (topic, number), offset in offsets.items():
            if offset:
                assert await consumer.committed(Partition(topic, number)) == offset


class _Nobody:
    """Hears nothing."""

    def assigned(self, partitions: object) -> None: ...

    async def revoked(self, partitions: object) -> None: ...
