"""Several universities on one Kafka and in one database, and what must not be shared by them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from libs.common.contracts.resources import SCHEDULED
from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.log_reader import read_to_end
from libs.common.kafka.ports import Partition
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from tests.e2e.compare import assert_tables_equal_the_source
from tests.e2e.system import Answer, System, running_system


@asynccontextmanager
async def running_universities(
    folder: Path, bootstrap_servers: str, database_url: str, prefixes: Sequence[str]
) -> AsyncIterator[list[System]]:
    """Start a stack for each prefix, with people of its own; one after the other."""
    async with AsyncExitStack() as stack:
        systems = []
        for number, prefix in enumerate(prefixes, start=1):
            home = folder / prefix
            home.mkdir()
            system = await stack.enter_async_context(
                running_system(home, bootstrap_servers, database_url, prefix)
            )
            system.environment["DATABASE_SCHEMA"] = f"university_{number}"
            await system.start_simulator(students=200, positions=40, seed=number)
            await system.start_services()
            systems.append(system)
        yield systems


async def sync_all(systems: Sequence[System], seconds: float) -> list[Answer]:
    """Sync everything everywhere at once, all under the same key; return the progress of each."""
    wanted = [(system, resource) for system in systems for resource in SCHEDULED]
    begun = [(system, resource, await _begin(system, resource)) for system, resource in wanted]
    return await asyncio.gather(
        *(system.ended(resource, sync_id, seconds) for system, resource, sync_id in begun)
    )


async def _begin(system: System, resource: str) -> str:
    headers = {"Idempotency-Key": "the-same-key"}
    status, answer = await system.post(f"/api/hemis/sync/{resource}", **headers)
    assert status == 202, answer
    return str(answer["syncId"])


async def assert_nothing_is_shared(systems: Sequence[System], prefixes: Sequence[str]) -> None:
    for system in systems:
        await assert_tables_equal_the_source(system)
    sync_ids = [await _sync_ids(system) for system in systems]
    assert len(set().union(*sync_ids)) == sum(map(len, sync_ids)) == len(SCHEDULED) * len(systems)
    await _assert_own_topics_and_groups(systems[0], prefixes)
    for system, prefix in zip(systems, prefixes, strict=True):
        assert await _sources(system, prefix) == {system.environment["HEMIS_API_URL"]}


async def _sync_ids(system: System) -> set[str]:
    rows = await system.rows(f"SELECT sync_id FROM {system.schema}.syncs")  # noqa: S608 — a name of ours
    return {row["sync_id"] for row in rows}


async def _assert_own_topics_and_groups(system: System, prefixes: Sequence[str]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=system.environment["KAFKA_BOOTSTRAP_SERVERS"])
    await admin.start()
    try:
        topics = set(await admin.list_topics())
        groups = {group for group, *_ in await admin.list_consumer_groups()}
    finally:
        await admin.close()
    own = [Topics(prefix) for prefix in prefixes]
    starts = tuple(f"{prefix}." for prefix in prefixes)
    assert {topic for topic in topics if topic.startswith(starts)} == {
        topic.name for university in own for topic in university.all()
    }
    assert {group for group in groups if group.startswith(starts)} == {
        university.group(service) for university in own for service in ("fetcher", "loader")
    }


async def _sources(system: System, prefix: str) -> set[str]:
    """Name the HEMIS that the records of a university's topics say they are from."""
    servers = system.environment["KAFKA_BOOTSTRAP_SERVERS"]
    settings = ServiceSettings(kafka_bootstrap_servers=servers)
    topics = Topics(prefix)
    places = {
        Partition(topics.records(resource), number): None
        for resource in SCHEDULED
        for number in range(topics.record_partitions)
    }
    broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()))
    async with broker.log_reader(places) as reader:
        return {
            dict(record.headers)["ce_source"].decode()
            async for records in read_to_end(reader)
            for record in records
        }
