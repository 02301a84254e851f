"""A process that does not start says why where people look: in a last beat."""

import asyncio

from libs.common.clock import SystemClock
from libs.common.contracts.topics import Topics
from libs.common.errors import ConfigurationError
from libs.common.health.heartbeat import Heartbeat, instance_name
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.process.lifecycle import Stop, Stopped
from libs.common.process.readiness import Readiness
from libs.common.process.settings import ServiceSettings, load_settings

# Whoever started the process waits for its exit code meanwhile.
_SECONDS = 5.0


async def report_startup_failure(service: str, error: ConfigurationError) -> None:
    """Publish what is wrong with the settings, if those for Kafka are right and it answers."""
    try:
        async with asyncio.timeout(_SECONDS):
            await _say(service, load_settings(ServiceSettings), error)
    except* (ConfigurationError, Stopped, TimeoutError):
        pass


async def _say(service: str, settings: ServiceSettings, error: ConfigurationError) -> None:
    stop = Stop()
    stop.set()  # a Kafka that is away is not waited for
    readiness = Readiness((KAFKA,), stop)
    broker = KafkaBroker(settings, instance_name(service), readiness)
    topics = Topics(settings.kafka_topic_prefix, settings.kafka_partitions)
    async with broker.producer() as producer:
        heartbeat = Heartbeat(service, topics, producer, readiness)
        async with heartbeat.reporting_failure(SystemClock()):
            raise error
