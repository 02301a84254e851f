"""One of several gateways delivers the alerts, over a real Kafka and real HTTP."""

import asyncio
import base64
import hmac
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from libs.common.clock import Clock, SystemClock
from libs.common.contracts.codec import encode
from libs.common.contracts.events import AlertCleared, AlertRaised
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.in_memory import InMemoryBroker
from libs.common.kafka.ports import Broker, Message, Producer
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.gateway.alerts.delivery import GROUP, Delivery
from services.gateway.alerts.metrics import deliveries_counter
from services.gateway.alerts.webhook import Webhook, webhook_session
from services.gateway.live.follower import Follower
from services.gateway.live.live_view import LiveView
from services.gateway.projection.alerts import AlertEvent
from services.gateway.projection.projection import Projection
from services.gateway.settings import GatewaySettings
from tests.unit.gateway.fake_gateway import FixedClock
from tests.waiting import eventually

pytestmark = pytest.mark.integration

SECRET = b"invented"
DAY_MS = 86_400_000


@dataclass
class Receiver:
    """Answers with the given statuses, then 200; keeps the requests."""

    answers: deque[int] = field(default_factory=deque)
    taken: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    clock_runs: Callable[[], None] = lambda: None

    async def take(self, request: web.Request) -> web.Response:
        self.clock_runs()
        self.taken.append((request.headers.copy(), await request.read()))
        status = self.answers.popleft() if self.answers else 200
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async def elsewhere(self, _: web.Request) -> web.Response:
        """The target of a redirect that must not be followed."""
        return web.Response()

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.taken]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver, app = Receiver(), web.Application()
    app.add_routes([web.post("/hook", receiver.take), web.get("/elsewhere", receiver.elsewhere)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield receiver
    await runner.cleanup()


@dataclass
class Town:
    """Topics of one university, and gateways on them."""

    topics: Topics
    broker: Broker
    producer: Producer
    receiver: Receiver
    clock: Clock = field(default_factory=SystemClock)
    members: list[Delivery] = field(default_factory=list)

    async def say(self, *events: AlertEvent) -> None:
        topic = self.topics.progress
        await self.producer.publish([Message(topic, one.alert_id, encode(one)) for one in events])

    @asynccontextmanager
    async def gateway(self) -> AsyncIterator[None]:
        stop = Stop()
        view = LiveView(Projection(), self.clock)
        follower = Follower(self.topics, view, Readiness((KAFKA,), stop))
        async with webhook_session() as http, asyncio.TaskGroup() as tasks:
            webhook = Webhook(http, self.receiver.url, SECRET, self.clock)
            deliveries = deliveries_counter(CollectorRegistry())
            delivery = Delivery(self.topics.progress, view, webhook, deliveries, stop)
            self.members.append(delivery)
            tasks.create_task(follower.run(self.broker, stop))
            tasks.create_task(delivery.run(self.broker, self.topics.group(GROUP)))
            yield
            stop.set()


@pytest.fixture
async def several_gateways(
    bootstrap_servers: str, topic_prefix: str, receiver: Receiver
) -> AsyncIterator[Town]:
    settings = GatewaySettings(_env_file=None, kafka_bootstrap_servers=bootstrap_servers)
    broker = KafkaBroker(settings, "test", Readiness((KAFKA,), Stop()))
    topics = Topics(topic_prefix)
    await broker.ensure_topics(topics.all(), 1)
    async with broker.producer() as producer:
        yield Town(topics, broker, producer, receiver)


def raised(name: str, ago_ms: int = 0) -> AlertRaised:
    return AlertRaised(
        sync_id="", resource=Resource.STUDENTS, at=int(time.time() * 1000) - ago_ms,
        alert="stale", detail="no complete sync", alert_id=name,
    )  # fmt: skip


def cleared(name: str) -> AlertCleared:
    return AlertCleared(
        sync_id="", resource=Resource.STUDENTS, at=int(time.time() * 1000),
        alert="stale", alert_id=name,
    )  # fmt: skip


def is_signed(headers: Mapping[str, str], body: bytes) -> bool:
    """Check as docs/alerts.md says."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(SECRET, signed, "sha256")).decode()
    return hmac.compare_digest(headers["webhook-signature"], f"v1,{expected}")


async def test_of_three_gateways_one_delivers_and_retries_until_it_is_accepted(
    several_gateways: Town,
) -> None:
    receiver = several_gateways.receiver
    receiver.answers.extend([500, 302])

    async with AsyncExitStack() as gateways:
        for _ in range(3):
            await gateways.enter_async_context(several_gateways.gateway())
        # All of the group by now: nobody's turn ends between telling and noting it.
        await eventually(lambda: all(member._generation for member in several_gateways.members))
        await several_gateways.say(raised("a"), raised("a"), raised("a"))
        await eventually(lambda: len(receiver.taken) >= 3)
        await several_gateways.say(cleared("a"), cleared("a"))
        await eventually(lambda: "cleared_a" in receiver.ids)

    assert receiver.ids == ["raised_a"] * 3 + ["cleared_a"]
    assert all(is_signed(*sent) for sent in receiver.taken)
    headers, body = receiver.taken[-1]
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["type"] == "alert.cleared"


async def test_the_next_gateway_continues_where_the_last_one_ended(several_gateways: Town) -> None:
    receiver = several_gateways.receiver
    receiver.answers.extend([200, *[503] * 100])
    await several_gateways.say(raised("old", 2 * DAY_MS), raised("a"), raised("b"))
    async with several_gateways.gateway():
        await eventually(lambda: "raised_b" in receiver.ids)

    receiver.answers.clear()
    await several_gateways.say(raised("c"))
    async with several_gateways.gateway():
        await eventually(lambda: "raised_c" in receiver.ids)

    assert list(dict.fromkeys(receiver.ids)) == ["raised_a", "raised_b", "raised_c"]
    assert receiver.ids.count("raised_a") == 1


async def test_an_alert_that_is_refused_for_a_day_is_dropped_and_the_next_is_delivered(
    receiver: Receiver,
) -> None:
    broker, clock = InMemoryBroker(), FixedClock(int(time.time() * 1000))
    await broker.ensure_topics(Topics().all(), 1)
    receiver.answers.append(500)

    def a_day_passes() -> None:
        # And a minute, since the alert was raised a moment after the clock was stopped.
        clock.now += DAY_MS + 60_000
        receiver.clock_runs = lambda: None

    receiver.clock_runs = a_day_passes
    async with broker.producer() as producer:
        several_gateways = Town(Topics(), broker, producer, receiver, clock)
        await several_gateways.say(raised("a"), raised("b", -DAY_MS))
        async with several_gateways.gateway():
            await eventually(lambda: "raised_b" in receiver.ids)

    assert receiver.ids == ["raised_a", "raised_b"]
