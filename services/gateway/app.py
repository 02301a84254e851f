"""The gateway's composition root: what it is made of, and in which order it starts."""

import asyncio
import logging
import socket

from fastapi import FastAPI

from libs.common.clock import Clock, SystemClock
from libs.common.contracts.topics import Topics
from libs.common.health.heartbeat import Heartbeat, instance_name
from libs.common.health.server import own_metrics
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.ports import Broker
from libs.common.kafka.topic_checks import TopicChecks
from libs.common.process.findings import Findings
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.gateway.alerts.delivery import GROUP as ALERTS
from services.gateway.alerts.delivery import Delivery
from services.gateway.alerts.metrics import AlertCollector, Deliveries
from services.gateway.alerts.publisher import AlertPublisher, AlertRules
from services.gateway.alerts.webhook import Webhook, signing_key, webhook_session
from services.gateway.api.application import Front, create_application
from services.gateway.api.context import ApiContext
from services.gateway.commands.erasures import ErasureRequests
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.commands.requests import SyncRequests
from services.gateway.dead_letters.cleanup import DeadLetterCleanup
from services.gateway.dead_letters.follower import DeadLetterFollower
from services.gateway.dead_letters.index import DeadLetterIndex
from services.gateway.dead_letters.metrics import DeskCollector
from services.gateway.dead_letters.service import DeadLetterService
from services.gateway.dead_letters.stored_values import StoredValues
from services.gateway.live.follower import TOPICS_READ, Follower
from services.gateway.live.live_view import LiveView
from services.gateway.live.stored_errors import StoredErrors
from services.gateway.live.stream import ProgressStream
from services.gateway.projection.projection import Projection
from services.gateway.scheduling.cron import Schedule
from services.gateway.scheduling.fire import TickFirer
from services.gateway.scheduling.scheduler import Scheduler
from services.gateway.security.access import Access
from services.gateway.security.keys import SHORT_KEY
from services.gateway.server import allow_many_connections, bound_socket, serve_http
from services.gateway.settings import GatewaySettings

logger = logging.getLogger(__name__)

SERVICE = "gateway"


class Gateway:
    """Everything one gateway is made of, with the broker and the clock from outside."""

    def __init__(
        self, settings: GatewaySettings, readiness: Readiness, broker: Broker, clock: Clock
    ) -> None:
        self._settings = settings
        self._readiness = readiness
        self._broker = broker
        self._clock = clock
        self._topics = Topics(settings.kafka_topic_prefix, settings.kafka_partitions)
        self.view = LiveView(Projection(), clock)
        self._feed = ProgressStream(self.view)
        self._outbox = CommandPublisher(self._topics, self.view, clock)
        self._requests = SyncRequests(settings.kafka_topic_prefix, self.view, self._outbox, clock)
        self._schedule = schedule_of(settings)
        self._letters = DeadLetterIndex()
        self._findings = Findings()
        self._watch = AlertRules(settings.kafka_topic_prefix, settings.stale_after_ms)
        self._metrics = own_metrics()
        self._deliveries = Deliveries(self._metrics)

    def application(self) -> FastAPI:
        self._metrics.register(AlertCollector(self._watch, self.view))
        self._metrics.register(DeskCollector(self._letters))
        settings = self._settings
        parts = ApiContext(
            topics=self._topics,
            view=self.view,
            feed=self._feed,
            requests=self._requests,
            schedule=self._schedule,
            misfire=settings.hemis_sync_misfire,
            readiness=self._readiness,
            metrics=self._metrics,
            access=Access(settings.api_keys, self._clock, settings.named_origins),
            desk=DeadLetterService(self._letters, self.view, self._requests, self._outbox),
            erasing=ErasureRequests(self.view, self._outbox, self._clock),
            stored_values=StoredValues(self._broker, self._topics.dead_letters),
            stored_errors=StoredErrors(self._broker, self._topics.progress),
            stale_after_ms=settings.stale_after_ms,
            findings=self._findings,
        )
        front = Front(settings.cors_origins, settings.trusted_proxies, settings.gateway_root_path)
        return create_application(parts, front)

    async def run(self, listening: socket.socket, stop: Stop) -> None:
        """Answer at once, also while Kafka is away; the rest begins when it is there."""
        async with asyncio.TaskGroup() as group:
            group.create_task(serve_http(self.application(), listening, stop))
            group.create_task(self._feed.run(stop))
            group.create_task(self._work(stop))

    async def _work(self, stop: Stop) -> None:
        await self._broker.ensure_topics(self._topics.all(), self._settings.kafka_replication)
        async with self._broker.producer() as producer, asyncio.TaskGroup() as group:
            self._outbox.connect(producer)
            heartbeat = Heartbeat(SERVICE, self._topics, producer, self._readiness, self._findings)
            follower = Follower(self._topics, self.view, self._readiness)
            group.create_task(heartbeat.run(stop, self._clock))
            group.create_task(follower.run(self._broker, stop))
            group.create_task(self._outbox.run(stop))
            letters = DeadLetterFollower(self._topics.dead_letters, self._letters, self._clock)
            group.create_task(letters.run(self._broker, self._readiness, stop))
            group.create_task(DeadLetterCleanup(self._letters, self.view, self._outbox).run(stop))
            group.create_task(AlertPublisher(self._watch, self.view, self._outbox).run(stop))
            group.create_task(self._deliver_alerts(stop))
            topics = TopicChecks(
                self._broker,
                self._topics.all(),
                self._findings,
                self._settings.kafka_replication,
            )
            group.create_task(topics.run(stop))
            if self._schedule is not None:
                ticks = TickFirer(self._schedule, self.view, self._requests, self._outbox)
                misfire = self._settings.hemis_sync_misfire
                group.create_task(Scheduler(self._schedule, misfire, ticks, self.view).run(stop))

    async def _deliver_alerts(self, stop: Stop) -> None:
        url = self._settings.alert_webhook_url.get_secret_value()
        if not url:
            return
        key = signing_key(self._settings.alert_webhook_secret.get_secret_value())
        async with webhook_session(self._settings.proxy_for(url)) as http:
            webhook = Webhook(http, url, key, self._clock)
            progress = self._topics.progress
            delivery = Delivery(progress, self.view, webhook, self._deliveries, stop)
            await delivery.run(self._broker, self._topics.group(ALERTS))


def schedule_of(settings: GatewaySettings) -> Schedule | None:
    cron = settings.hemis_sync_cron
    return Schedule(cron, settings.hemis_sync_timezone) if cron else None


async def serve(settings: GatewaySettings, stop: Stop) -> None:
    """Run one gateway over Kafka until the stop."""
    warn_of(settings)
    readiness = Readiness((KAFKA, TOPICS_READ), stop)
    broker = KafkaBroker(settings, instance_name(SERVICE), readiness)
    allow_many_connections()
    with bound_socket(settings.gateway_host, settings.gateway_port) as listening:
        await Gateway(settings, readiness, broker, SystemClock()).run(listening, stop)


def warn_of(settings: GatewaySettings) -> None:
    """Say what is open or missing, so that nobody relies on it."""
    if not settings.api_keys:
        logger.warning("no API keys: everybody who reaches the gateway may start and cancel syncs")
    for key in filter(lambda key: key.is_short, settings.api_keys):
        logger.warning("the API key of %s can be guessed: use %d characters", key.name, SHORT_KEY)
    if settings.alert_webhook_url.get_secret_value() and not (
        settings.alert_webhook_secret.get_secret_value()
    ):
        logger.warning("no ALERT_WEBHOOK_SECRET: whoever gets alerts cannot tell that we sent them")
