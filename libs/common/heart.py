"""The heart of a process: a beat every five seconds, also during every wait."""

import asyncio
import os
import socket
from importlib.metadata import PackageNotFoundError, version

from libs.common.clock import Clock
from libs.common.contracts.beats import ACTIVE, BEAT_SECONDS, Beat
from libs.common.contracts.codec import encode
from libs.common.contracts.topics import Topics
from libs.common.dependencies import Dependencies
from libs.common.errors import TransientError
from libs.common.kafka.client import KAFKA
from libs.common.kafka.ports import Message, Producer
from libs.common.lifecycle import Stop


def instance_name(service: str) -> str:
    return f"{service}-{socket.gethostname()}-{os.getpid()}"


def own_version() -> str:
    try:
        return version("hemis-sync")
    except PackageNotFoundError:
        return "source"


class Heart:
    """Publishes beats; a beat that cannot be published is itself the sign that Kafka is away."""

    def __init__(
        self, service: str, topics: Topics, producer: Producer, dependencies: Dependencies
    ) -> None:
        self.instance = instance_name(service)
        self.state = ACTIVE
        self._service = service
        self._topic = topics.services
        self._producer = producer
        self._dependencies = dependencies

    async def run(self, stop: Stop, clock: Clock) -> None:
        while not stop.is_set():
            await self._publish(encode(self._beat(clock)))
            await stop.wait(BEAT_SECONDS)
        await self._publish(None)

    async def _publish(self, value: bytes | None) -> None:
        try:
            async with asyncio.timeout(BEAT_SECONDS):
                await self._producer.publish([Message(self._topic, self.instance, value)])
        except TransientError as error:
            self._dependencies.away(KAFKA, str(error))
        except TimeoutError:
            self._dependencies.away(KAFKA, "no answer")
        else:
            self._dependencies.available(KAFKA)

    def _beat(self, clock: Clock) -> Beat:
        return Beat(
            instance=self.instance,
            service=self._service,
            version=own_version(),
            state=self.state if self._dependencies.ready() else "waiting",
            at=clock.now_ms(),
            checks=self._dependencies.states(),
        )
