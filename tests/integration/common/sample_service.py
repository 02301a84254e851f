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

logger = logging.getLogger("cook")


class CookSettings(ServiceSettings):
    cook_token: SecretStr
    cook_port: Port = 9000


Serve = Callable[[CookSettings, Stop], Awaitable[None]]


async def obedient(settings: CookSettings, stop: Stop) -> None:
    logger.info("cooking")
    await stop.wait()
    logger.info("kitchen is clean")


async def stubborn(settings: CookSettings, stop: Stop) -> None:
    logger.info("cooking")
    await asyncio.sleep(3_600)


async def waiting(settings: CookSettings, stop: Stop) -> None:
    """Waits for a Kafka that never comes, in one of several tasks."""
    broker = KafkaBroker(settings, "cook", Readiness((KAFKA,), stop))

    async def need_kafka() -> None:
        async with broker.producer():
            pass

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(need_kafka())
        logger.info("cooking")


async def clumsy(settings: CookSettings, stop: Stop) -> None:
    """Fails in one of several tasks; the others are stopped."""

    async def drop_a_plate() -> None:
        raise ValueError("plate broken")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stop.wait())
        tasks.create_task(drop_a_plate())


async def misled(settings: CookSettings, stop: Stop) -> None:
    """Finds out at work that a setting is wrong."""

    async def look_up() -> None:
        raise ConfigurationError("COOK_PORT: 9000 is taken")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(stop.wait())
        tasks.create_task(look_up())


WAYS: dict[str, Serve] = {
    serve.__name__: serve for serve in (obedient, stubborn, waiting, clumsy, misled)
}

if __name__ == "__main__":
    sys.exit(run_service(CookSettings, WAYS[sys.argv[1]]))
