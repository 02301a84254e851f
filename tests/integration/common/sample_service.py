"""A service with nothing to do, for trying how one starts and ends: ``sample_service.py <how>``."""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from libs.common.errors import ConfigurationError
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.process.lifecycle import Stop, run_service
from libs.common.process.readiness import Readiness
from libs.common.process.settings import Port, ServiceSettings

logger = logging.getLogger("sample")


class SampleSettings(ServiceSettings):
    sample_token: SecretStr
    sample_port: Port = 9000


Serve = Callable[[SampleSettings, Stop], Awaitable[None]]


async def stops_when_asked(settings: SampleSettings, stop: Stop) -> None:
    logger.info("working")
    await stop.wait()
    logger.info("cleaned up")


async def ignores_the_stop(settings: SampleSettings, stop: Stop) -> None:
    logger.info("working")
    await asyncio.sleep(3_600)


async def waits_for_kafka(settings: SampleSettings, stop: Stop) -> None:
    """Waits for a Kafka that never comes, in one of several tasks."""
    broker = KafkaBroker(settings, "sample", Readiness((KAFKA,), stop))

    async def need_kafka() -> None:
        async with broker.producer():
            pass

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(need_kafka())
        logger.info("working")


async def fails(settings: SampleSettings, stop: Stop) -> None:
    """Fails in one of several tasks; the others are stopped."""

    async def fail() -> None:
        raise ValueError("invented failure")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stop.wait())
        tasks.create_task(fail())


async def finds_a_wrong_setting(settings: SampleSettings, stop: Stop) -> None:
    """Finds out at work that a setting is wrong."""

    async def look_up() -> None:
        raise ConfigurationError("SAMPLE_PORT: 9000 is taken")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stop.wait())
        tasks.create_task(look_up())


WAYS: dict[str, Serve] = {
    serve.__name__: serve
    for serve in (stops_when_asked, ignores_the_stop, waits_for_kafka, fails, finds_a_wrong_setting)
}

if __name__ == "__main__":
    sys.exit(run_service(SampleSettings, WAYS[sys.argv[1]]))
