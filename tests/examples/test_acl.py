"""Runs docs/acl.md on a Kafka with users and rights."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from libs.common.contracts.topics import Topics
from libs.localstack.kafka import EmbeddedKafka
from tests.e2e.system import running_system
from tests.examples.acl_reader import AclReader
from tests.examples.code_blocks import PageRun, search_path
from tests.examples.secured_kafka import SECURED, write_kafka_tools

pytestmark = [pytest.mark.examples, pytest.mark.timeout(300)]

ALLOWED = {"hemis.students", "hemis.progress"}
OTHERS = {topic.name for topic in Topics().all()} - ALLOWED
LOGIN = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    "KAFKA_SASL_USERNAME": "hemis-sync",
    "KAFKA_SASL_PASSWORD": "invented-sync",
}
READ = (
    'kafka-console-consumer.sh --bootstrap-server "$KAFKA_BOOTSTRAP_SERVERS" '
    "--command-config library.properties --topic hemis.students --timeout-ms 20000"
)


@pytest.fixture
async def secured_kafka(tmp_path: Path) -> AsyncIterator[EmbeddedKafka]:
    async with EmbeddedKafka(tmp_path / "kafka", more=SECURED) as kafka:
        yield kafka


@pytest.fixture
def page_run(tmp_path: Path, secured_kafka: EmbeddedKafka) -> PageRun:
    tools = tmp_path / "bin"
    tools.mkdir()
    write_kafka_tools(tools)
    return PageRun.through(
        "acl.md",
        tmp_path / "fresh",
        PATH=search_path(tools),
        KAFKA_BOOTSTRAP_SERVERS=secured_kafka.bootstrap_servers,
    )


async def test_a_reader_has_the_rights_it_was_given_and_no_others(
    page_run: PageRun, secured_kafka: EmbeddedKafka, database_url: str, tmp_path: Path
) -> None:
    await page_run.run_section("hemis-sync itself")
    servers = secured_kafka.bootstrap_servers
    async with running_system(tmp_path, servers, database_url, "hemis") as system:
        system.environment.update(LOGIN)
        await system.start_simulator(students=100, positions=0)
        await system.start_services()
        assert (await system.sync("students"))["complete"] is True

    seen = await page_run.run_section("Look, and try")

    reader = AclReader(servers)
    assert "consumer_byte_rate=5242880" in seen
    assert json.loads((page_run.folder / "one-student.json").read_text())["id"]
    assert await reader.hidden_topics(ALLOWED | OTHERS) == OTHERS
    for topic in ALLOWED:
        assert await reader.read(topic)
    with pytest.raises(TopicAuthorizationFailedError):
        await reader.write("hemis.students")
    with pytest.raises(TopicAuthorizationFailedError):
        await reader.create("hemis.mine")
    with pytest.raises(GroupAuthorizationFailedError):
        await reader.join("hemis.loader")

    await page_run.run_section("Take it away")
    _, printed = await page_run.run(READ)  # its exit code is 0 all the same

    assert "invalid credentials" in printed
    assert page_run.left == []
