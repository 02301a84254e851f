"""Publishes in a last heartbeat why a process does not start."""

import asyncio

from libs.common.clock import SystemClock
from libs.common.contracts.topics import Topics
from libs.common.errors import ConfigurationError
from libs.common.health.heartbeat import Heartbeat, instance_name
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.process.lifecycle import Stop, Stopped
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings, load_settings

# The exit code waits for this meanwhile.
_TIMEOUT_SECONDS = 5.0


async def report_startup_failure(service: str, error: ConfigurationError) -> None:
    """Publish what is wrong with the settings, if Kafka's own settings are right and it answers."""
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS):
            await _publish(service, load_settings(ServiceSettings), error)
    except* (ConfigurationError, Stopped, TimeoutError):
        pass


async def _publish(service: str, settings: ServiceSettings, error: ConfigurationError) -> None:
    stop = Stop()
    stop.set()  # do not wait for a Kafka that is away
    readiness = Readiness((KAFKA,), stop)
    broker = KafkaBroker(settings, instance_name(service), readiness)
    topics = Topics(settings.kafka_topic_prefix, settings.kafka_partitions)
    async with broker.producer() as producer:
        heartbeat = Heartbeat(service, topics, producer, readiness)
        async with heartbeat.reporting_failure(SystemClock()):
            raise error
