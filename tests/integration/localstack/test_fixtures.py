import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

pytestmark = pytest.mark.integration


async def test_a_test_gets_a_database_of_its_own(database_url: str, postgres_url: str) -> None:
    connection = await asyncpg.connect(database_url)

    tables = await connection.fetch("SELECT FROM pg_tables WHERE schemaname = 'public'")

    assert database_url != postgres_url
    assert tables == []
    await connection.close()


async def test_the_role_may_make_roles(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)

    await connection.execute("CREATE ROLE a_reader NOLOGIN")

    await connection.execute("DROP ROLE a_reader")
    await connection.close()


async def test_a_topic_is_made_by_nobody_but_us(bootstrap_servers: str, topic_prefix: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await admin.start()

    await admin.create_topics([NewTopic(f"{topic_prefix}.made", 4, 1)])
    described = await admin.describe_topics([f"{topic_prefix}.made", f"{topic_prefix}.other"])

    assert [len(topic["partitions"]) for topic in described] == [4, 0]
    assert f"{topic_prefix}.other" not in await admin.list_topics()
    await admin.close()
