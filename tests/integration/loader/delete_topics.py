"""What an operator can do to topics."""

from collections.abc import Collection

from aiokafka.admin import AIOKafkaAdminClient

from tests.integration.loader.loader_system import LoaderSystem, until


async def delete_topics(system: LoaderSystem, only: Collection[str] = ()) -> None:
    """Delete topics of this university, all or these, and wait until they are gone."""
    admin = AIOKafkaAdminClient(bootstrap_servers=system.settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        names = only or [topic.name for topic in system.topics.all()]
        await admin.delete_topics(list(names))

        async def gone() -> bool:
            return not set(names) & set(await admin.list_topics())

        await until(gone)
    finally:
        await admin.close()
