"""A member without partitions waits for its turn (aiokafka's issue 1187)."""

import asyncio

import pytest

from libs.common.contracts.topics import Topic
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.group_consumer import CONSUMER_OPTIONS
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings
from tests.contract.broker_suite import RecordingListener
from tests.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.soak, pytest.mark.timeout(120)]

POLL_INTERVAL_SECONDS = 2


async def test_an_idle_member_takes_over_long_after_its_poll_interval(
    bootstrap_servers: str, topic_prefix: str
) -> None:
    """It polls nothing, as a loader without partitions does, and so stays in its group."""
    settings = ServiceSettings(_env_file=None, kafka_bootstrap_servers=bootstrap_servers)
    options = CONSUMER_OPTIONS | {"max_poll_interval_ms": POLL_INTERVAL_SECONDS * 1000}
    broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()), options)
    topic = Topic(f"{topic_prefix}.sample", 1, {})
    await broker.ensure_topics([topic], 1)
    listeners = [RecordingListener(), RecordingListener()]
    async with asyncio.TaskGroup() as tasks:
        leave = [asyncio.Event(), asyncio.Event()]
        for listener, leaving in zip(listeners, leave, strict=True):
            tasks.create_task(_stand_by(broker, topic, listener, leaving))
        await eventually(
            lambda: [len(listener.calls) > 0 for listener in listeners] == [True, True]
        )
        # Nothing happens for several intervals: that is what the case is about.
        await asyncio.sleep(3 * POLL_INTERVAL_SECONDS)
        holder = next(n for n, listener in enumerate(listeners) if listener.partitions)
        assert not listeners[1 - holder].partitions
        leave[holder].set()
        await eventually(lambda: bool(listeners[1 - holder].partitions))
        leave[1 - holder].set()


async def _stand_by(
    broker: KafkaBroker, topic: Topic, listener: RecordingListener, leaving: asyncio.Event
) -> None:
    async with broker.group_consumer(f"{topic.name}.group", [topic.name], listener) as member:
        while not leaving.is_set():
            await member.poll((), 1, 0.1)
    listener.partitions.clear()
