"""A Kafka that is not there yet, goes away and comes back."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from libs.common.contracts.topics import Topic
from libs.common.kafka.client import KAFKA
from libs.common.kafka.ports import Message, Partition
from libs.common.process.lifecycle import Stop, Stopped
from libs.common.process.readiness import Readiness
from libs.localstack.kafka import EmbeddedKafka
from libs.localstack.ports import free_port
from tests.contract.broker_suite import (
    RecordingListener,
    connections_to,
    kafka_at,
    poll_until,
    values,
)
from tests.waiting import eventually

pytestmark = [pytest.mark.integration, pytest.mark.timeout(120)]

TOPIC = Topic("sample", 1, {})
PARTITION = Partition("sample", 0)


@pytest.fixture
async def absent_kafka(tmp_path: Path) -> AsyncIterator[EmbeddedKafka]:
    """One that is not started yet; its address is known."""
    kafka = EmbeddedKafka(tmp_path)
    kafka.port = free_port()
    yield kafka
    await kafka.kill()


async def test_a_start_waits_for_a_missing_broker(
    absent_kafka: EmbeddedKafka,
) -> None:
    readiness = Readiness((KAFKA,), Stop())
    broker = kafka_at(absent_kafka.bootstrap_servers, readiness)

    async with asyncio.TaskGroup() as tasks:
        starting = tasks.create_task(broker.ensure_topics([TOPIC], 1))
        await eventually(lambda: "KafkaConnectionError" in readiness.states()[KAFKA])
        assert not starting.done()
        await absent_kafka.start()

    assert readiness.ready()


async def test_a_stop_ends_the_wait_for_a_broker(absent_kafka: EmbeddedKafka) -> None:
    stop = Stop()
    readiness = Readiness((KAFKA,), stop)
    broker = kafka_at(absent_kafka.bootstrap_servers, readiness)

    async def start() -> None:
        with pytest.raises(Stopped):
            async with broker.producer():
                pass

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(start())
        await eventually(lambda: "KafkaConnectionError" in readiness.states()[KAFKA])
        stop.set()


async def test_nothing_is_lost_when_the_broker_dies_and_comes_back(
    absent_kafka: EmbeddedKafka,
) -> None:
    await absent_kafka.start()
    broker = kafka_at(absent_kafka.bootstrap_servers)
    await broker.ensure_topics([TOPIC], 1)

    async with (
        broker.producer() as producer,
        broker.group_consumer("listeners", [TOPIC.name], RecordingListener()) as consumer,
    ):
        consumer.seek(PARTITION, 0)
        consumer.resume([PARTITION])
        await producer.publish([Message(TOPIC.name, "1042", b"before")])
        await poll_until(consumer, [PARTITION], 1)
        await absent_kafka.kill()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(producer.publish([Message(TOPIC.name, "1042", b"meanwhile")]))
            assert await consumer.poll([PARTITION], 10, 0.2) == []
            await absent_kafka.start()
        await producer.publish([Message(TOPIC.name, "1042", b"after")])

        assert values(await poll_until(consumer, [PARTITION], 2)) == [b"meanwhile", b"after"]


async def test_a_client_can_be_closed_while_its_broker_is_away(
    absent_kafka: EmbeddedKafka,
) -> None:
    """aiokafka raises CancelledError then, which would turn a graceful stop into a crash."""
    await absent_kafka.start()
    broker = kafka_at(absent_kafka.bootstrap_servers)
    await broker.ensure_topics([TOPIC], 1)

    async with (
        broker.producer(),
        broker.group_consumer("listeners", [TOPIC.name], RecordingListener()),
        broker.log_reader({PARTITION: None}) as reader,
    ):
        await reader.poll(0.1)
        await absent_kafka.kill()
        await reader.poll(0.5)


async def test_a_client_that_is_closed_while_its_broker_is_silent_keeps_no_connection(
    absent_kafka: EmbeddedKafka,
) -> None:
    await absent_kafka.start()
    broker = kafka_at(absent_kafka.bootstrap_servers)
    await broker.ensure_topics([TOPIC], 1)
    assert absent_kafka.program is not None

    async with (
        broker.producer(),
        broker.group_consumer("listeners", [TOPIC.name], RecordingListener()),
    ):
        assert connections_to(absent_kafka.port) > 0
        psutil.Process(absent_kafka.program.pid).send_signal(signal.SIGSTOP)

    await eventually(lambda: connections_to(absent_kafka.port) == 0)
