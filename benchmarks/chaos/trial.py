"""Plays one plan: a simulator over HTTP, a fetcher with its real client, a broker in memory."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Literal

import msgspec
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from benchmarks.chaos.oracle import key_of
from benchmarks.chaos.plans import (
    LONGEST_RETRY_AFTER_SECONDS,
    MOST_FAILED_IN_A_ROW,
    RETRIES,
    Plan,
)
from libs.common.clock import SystemClock
from libs.common.contracts.codec import encode
from libs.common.contracts.commands import StartSync, command_fields
from libs.common.contracts.events import EVENTS, Event, PageFailed, SyncFetched
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.health.heartbeat import Heartbeat
from libs.common.kafka.client import KAFKA
from libs.common.kafka.in_memory import InMemoryBroker, InMemoryProducer, StoredRecord
from libs.common.kafka.ports import Message, Partition
from libs.common.process.failpoints import NEVER
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.simulator.app import running_simulator
from libs.simulator.hemis import SimulatedHemis
from libs.simulator.records import RecordsChange, apply_change
from libs.simulator.traffic import LoggedRequest
from services.fetcher.composition import Composition
from services.fetcher.hemis.client import HemisClient, open_client
from services.fetcher.hemis.endpoint import Endpoint
from services.fetcher.hemis.metrics import HemisMetrics
from services.fetcher.hemis.rate_limit import PageTurn, RateLimit
from services.fetcher.hemis.requester import RequestPolicy
from services.fetcher.hemis.retry import RetryPolicy
from services.fetcher.hemis.token import Token
from services.fetcher.leadership.member import Fetcher
from services.fetcher.metrics import Metrics
from services.fetcher.syncs.plan import Scopes

SYNC = "chaos"
_TIMEOUT_SECONDS = 5.0
_RETRY_BASE_SECONDS = 0.01
_TRIAL_TIMEOUT_SECONDS = 60.0


class Trial:
    """One plan, its simulated HEMIS and the topics that the fetcher wrote."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.hemis = _hemis(plan)
        self.topics = Topics()
        self._broker = InMemoryBroker()

    async def run(self) -> SyncFetched:
        """Run the sync of the plan to its end."""
        await self._broker.ensure_topics(self.topics.all(), 1)
        self._broker.append(Message(self.topics.commands, SYNC, encode(self._command())))
        async with (
            running_simulator(self.hemis) as address,
            open_client(
                Endpoint(address, _tls()),
                Token(lambda: SecretStr(self.hemis.token)),
                _TIMEOUT_SECONDS,
                HemisMetrics(CollectorRegistry()),
            ) as client,
            self._fetching(client, address),
            asyncio.timeout(_TRIAL_TIMEOUT_SECONDS),
        ):
            return await self._decision()

    def published(self) -> list[StoredRecord]:
        partitions = self._broker.partitions([self.topics.records(self.plan.resource)])
        return [record for partition in partitions for record in self._broker.logs[partition]]

    def dead_letters(self) -> list[StoredRecord]:
        return self._broker.logs[Partition(self.topics.dead_letters, 0)]

    def failures(self) -> list[PageFailed]:
        return [event for event in self._events() if isinstance(event, PageFailed)]

    def requests(self) -> list[LoggedRequest]:
        """Return the requests that HEMIS received, in order."""
        return sorted(self.hemis.requests.last(10_000), key=lambda request: request.started)

    def bodies(self) -> list[bytes]:
        """Return every item of the list in order."""
        roster = self.hemis.rosters[_name(self.plan)]
        return [bytes(roster.body(row)) for row in roster.rows(0, len(roster))]

    def _events(self) -> list[Event]:
        log = self._broker.logs[Partition(self.topics.progress, 0)]
        decoded = [EVENTS.decode(record.value or b"") for record in log]
        return [event for event in decoded if event is not None]

    def keys(self) -> list[str]:
        return [key_of(self.plan, body) for body in self.bodies()]

    async def _decision(self) -> SyncFetched:
        while True:
            for event in self._events():
                if isinstance(event, SyncFetched):
                    return event
            await asyncio.sleep(0.02)

    def _command(self) -> StartSync:
        return StartSync(**command_fields(self.plan.resource, SYNC, SystemClock().now_ms()))

    @asynccontextmanager
    async def _fetching(self, client: HemisClient, address: str) -> AsyncIterator[None]:
        process = self._composition(client, address)
        heartbeat = Heartbeat("fetcher", self.topics, process.producer, process.readiness)
        fetcher = Fetcher(self._broker, self.topics, heartbeat, process.leader_term, 1.0)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(fetcher.run(Stop()))
            yield
            running.cancel()

    def _composition(self, client: HemisClient, address: str) -> Composition:
        clock, longest = SystemClock(), LONGEST_RETRY_AFTER_SECONDS
        return Composition(
            broker=self._broker,
            producer=InMemoryProducer(self._broker),
            topics=self.topics,
            hemis=client,
            request_policy=RequestPolicy(
                RateLimit(clock, longest),
                PageTurn(clock, 0.0),
                RetryPolicy(RETRIES, _RETRY_BASE_SECONDS, longest),
            ),
            scopes=Scopes(address, self.plan.page_size, "-1", "all", ""),
            max_failed_pages_in_a_row=MOST_FAILED_IN_A_ROW,
            readiness=Readiness((KAFKA,), Stop()),
            metrics=Metrics(CollectorRegistry()),
            clock=clock,
            fail_point=NEVER,
        )


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _name(plan: Plan) -> Literal["students", "employees"]:
    return "students" if plan.resource is Resource.STUDENTS else "employees"


def _hemis(plan: Plan) -> SimulatedHemis:
    hemis = SimulatedHemis(plan.people, plan.people, plan.seed, behaviour=plan.behaviour)
    if plan.odd_items:
        odd_items = list(plan.odd_items)
        apply_change(hemis, RecordsChange(resource=_name(plan), insert_text=odd_items))
    for fault in (*(trouble.fault() for trouble in plan.troubles), *plan.movements):
        hemis.faults.add(msgspec.structs.replace(fault))
    return hemis
