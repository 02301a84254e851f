"""docs/acl.md, word for word, on a Kafka with users and rights."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError

from libs.common.contracts.topics import Topics
from libs.localstack.kafka import EmbeddedKafka
from tests.e2e.system import running_system
from tests.examples.guarded import GUARDED, lay_out_tools
from tests.examples.guide import Walk, search_path
from tests.examples.library import Library

pytestmark = [pytest.mark.examples, pytest.mark.timeout(300)]

GIVEN = {"hemis.students", "hemis.progress"}
OTHERS = {topic.name for topic in Topics().all()} - GIVEN
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
async def guarded(tmp_path: Path) -> AsyncIterator[EmbeddedKafka]:
    async with EmbeddedKafka(tmp_path / "kafka", more=GUARDED) as kafka:
        yield kafka


@pytest.fixture
def walk(tmp_path: Path, guarded: EmbeddedKafka) -> Walk:
    tools = tmp_path / "bin"
    tools.mkdir()
    lay_out_tools(tools)
    return Walk.through(
        "acl.md",
        tmp_path / "fresh",
        PATH=search_path(tools),
        KAFKA_BOOTSTRAP_SERVERS=guarded.bootstrap_servers,
    )


async def test_a_reader_is_let_to_what_it_was_given_and_to_nothing_else(
    walk: Walk, guarded: EmbeddedKafka, database_url: str, tmp_path: Path
) -> None:
    await walk.to_the_end_of("hemis-sync itself")
    servers = guarded.bootstrap_servers
    async with running_system(tmp_path, servers, database_url, "hemis") as system:
        system.environment.update(LOGIN)
        await system.start_simulator(students=100, positions=0)
        await system.start_services()
        assert (await system.sync("students"))["complete"] is True

    seen = await walk.to_the_end_of("Look, and try")

    library = Library(servers)
    assert "consumer_byte_rate=5242880" in seen
    assert json.loads((walk.folder / "one-student.json").read_text())["id"]
    assert await library.hidden(GIVEN | OTHERS) == OTHERS
    for topic in GIVEN:
        assert await library.read(topic)
    with pytest.raises(TopicAuthorizationFailedError):
        await library.write("hemis.students")
    with pytest.raises(TopicAuthorizationFailedError):
        await library.create("hemis.mine")
    with pytest.raises(GroupAuthorizationFailedError):
        await library.join("hemis.loader")

    await walk.to_the_end_of("Take it away")
    _, printed = await walk.run(READ)  # its exit code is 0 all the same

    assert "invalid credentials" in printed
    assert walk.left == []
