"""Publishes a heartbeat every five seconds, also while the process waits."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from libs.common.clock import Clock
from libs.common.contracts.codec import encode
from libs.common.contracts.heartbeats import (
    ACTIVE,
    BEAT_SECONDS,
    ENDED,
    SERVICE_ENDED,
    Beat,
    Finding,
)
from libs.common.contracts.topics import Topics
from libs.common.errors import HemisSyncError, TransientError, first_error
from libs.common.kafka.client import KAFKA
from libs.common.kafka.ports import Message, Producer
from libs.common.process.findings import Findings
from libs.common.process.lifecycle import Stop, Stopped
from libs.common.process.readiness import Readiness


def instance_name(service: str) -> str:
    return f"{service}-{socket.gethostname()}-{os.getpid()}"


def own_version() -> str:
    try:
        return version("hemis-sync")
    except PackageNotFoundError:
        return "source"


@dataclass
class Heartbeat:
    """Publishes heartbeats; if one cannot be published, Kafka counts as away."""

    service: str
    topics: Topics
    producer: Producer
    readiness: Readiness
    findings: Findings = field(default_factory=Findings)
    state: str = field(init=False, default=ACTIVE)

    def __post_init__(self) -> None:
        self.instance = instance_name(self.service)

    @asynccontextmanager
    async def reporting_failure(self, clock: Clock) -> AsyncIterator[None]:
        """Publish in a last heartbeat why the process fails; nothing if it was asked to stop."""
        try:
            yield
        except* Exception as group:
            failure = group.split(Stopped)[1]
            if failure is not None:
                self.findings.note(_failure_finding(self.service, failure))
                await self._publish(encode(self._beat(clock, ENDED)))
            raise

    async def run(self, stop: Stop, clock: Clock) -> None:
        while not stop.is_set():
            await self._publish(encode(self._beat(clock)))
            await stop.wait(BEAT_SECONDS)
        await self._publish(None)

    async def _publish(self, value: bytes | None) -> None:
        try:
            async with asyncio.timeout(BEAT_SECONDS):
                await self.producer.publish([Message(self.topics.services, self.instance, value)])
        except TransientError as error:
            self.readiness.away(KAFKA, error)
        except TimeoutError:
            self.readiness.away(KAFKA, "no answer")
        else:
            self.readiness.available(KAFKA)

    def _beat(self, clock: Clock, state: str | None = None) -> Beat:
        return Beat(
            instance=self.instance,
            service=self.service,
            version=own_version(),
            state=state or (self.state if self.readiness.ready() else "waiting"),
            at=clock.now_ms(),
            checks=self.readiness.states(),
            findings=(*self.readiness.findings(), *self.findings.all()),
        )


def _failure_finding(service: str, group: BaseExceptionGroup[Exception]) -> Finding:
    error = first_error(group)
    # Our own errors contain no values; of other errors only the class is published.
    reason = f": {' '.join(str(error).split())}" if isinstance(error, HemisSyncError) else ""
    return Finding(
        subject="end",
        code=SERVICE_ENDED,
        detail=f"The {service} ended by itself: {type(error).__name__}{reason}",
        advice=f"correct what else is named here, then start the {service}; its log says more",
    )
