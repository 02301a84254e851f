"""One suite for both brokers: the one in memory is only worth what it shares with the real one."""

import pytest

from libs.common.contracts.topics import Topic
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.kafka.ports import Broker
from tests.contract.broker_suite import kafka_at


@pytest.fixture(
    params=["in memory", pytest.param("kafka", marks=pytest.mark.integration)],
)
def broker(request: pytest.FixtureRequest) -> Broker:
    if request.param == "in memory":
        return InMemoryBroker()
    return kafka_at(request.getfixturevalue("bootstrap_servers"))


@pytest.fixture
async def topic(broker: Broker, topic_prefix: str) -> Topic:
    """An empty topic of four partitions."""
    topic = Topic(f"{topic_prefix}.sample", 4, {"cleanup.policy": "compact"})
    await broker.ensure_topics([topic], 1)
    return topic
