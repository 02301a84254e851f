"""The gateway's composition root: builds all objects and starts all tasks."""

import asyncio
import logging
import socket

from fastapi import FastAPI

from libs.common.clock import Clock, SystemClock
from libs.common.contracts.topics import Topics
from libs.common.health.heartbeat import Heartbeat, instance_name
from libs.common.health.server import metrics_registry
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.ports import Broker
from libs.common.kafka.topic_checks import TopicChecks
from libs.common.process.findings import Findings
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from services.gateway.alerts.conditions import AlertRules
from services.gateway.alerts.delivery import GROUP as ALERTS
from services.gateway.alerts.delivery import Delivery
from services.gateway.alerts.metrics import AlertCollector, deliveries_counter
from services.gateway.alerts.publisher import AlertPublisher
from services.gateway.alerts.webhook import Webhook, signing_key, webhook_session
from services.gateway.api.application import create_application
from services.gateway.commands.erasures import ErasureRequests
from services.gateway.commands.publisher import CommandPublisher
from services.gateway.commands.requests import SyncRequests
from services.gateway.dead_letters.cleanup import DeadLetterCleanup
from services.gateway.dead_letters.follower import DeadLetterFollower
from services.gateway.dead_letters.index import DeadLetterIndex
from services.gateway.dead_letters.metrics import DeadLetterCollector
from services.gateway.dead_letters.service import DeadLetterService
from services.gateway.dead_letters.stored_values import StoredValues
from services.gateway.live.follower import TOPICS_READ, Follower
from services.gateway.live.live_view import LiveView
from services.gateway.live.stored_errors import StoredErrors
from services.gateway.live.stream import ProgressStream
from services.gateway.projection.projection import Projection
from services.gateway.scheduling.cron import Schedule
from services.gateway.scheduling.due import ScheduleSettings
from services.gateway.scheduling.scheduler import Scheduler
from services.gateway.security.access import Access
from services.gateway.security.keys import SHORT_KEY
from services.gateway.server import allow_many_connections, bound_socket, serve_http
from services.gateway.settings import GatewaySettings

logger = logging.getLogger(__name__)

SERVICE = "gateway"


class Gateway:
    """One gateway, over a given broker and clock."""

    def __init__(
        self, settings: GatewaySettings, readiness: Readiness, broker: Broker, clock: Clock
    ) -> None:
        self._settings = settings
        self._readiness = readiness
        self._broker = broker
        self._clock = clock
        prefix = settings.kafka_topic_prefix
        self._topics = Topics(prefix, settings.kafka_partitions)
        self.view = LiveView(Projection(), clock)
        self._stream = ProgressStream(self.view)
        self._publisher = CommandPublisher(self._topics, self.view, clock)
        self._requests = SyncRequests(prefix, self.view, self._publisher, clock)
        self._schedule = ScheduleSettings(schedule_of(settings), settings.hemis_sync_misfire)
        self._dead_letters = DeadLetterIndex()
        self._findings = Findings()
        self._alert_rules = AlertRules(prefix, settings.stale_after_ms)
        self._metrics = metrics_registry()
        self._deliveries = deliveries_counter(self._metrics)

    def application(self) -> FastAPI:
        self._metrics.register(AlertCollector(self._alert_rules, self.view))
        self._metrics.register(DeadLetterCollector(self._dead_letters))
        settings, view, publisher = self._settings, self.view, self._publisher
        dead_letters = DeadLetterService(self._topics.prefix, self._dead_letters, view, publisher)
        components = (
            *(self._topics, view, self._stream, self._requests, self._schedule, self._readiness),
            *(self._metrics, self._findings, self._alert_rules, dead_letters),
            ErasureRequests(view, publisher, self._clock),
            StoredValues(self._broker, self._topics.dead_letters),
            StoredErrors(self._broker, self._topics.progress),
        )
        access = Access(settings.api_keys, self._clock, settings.named_origins)
        return create_application(settings, access, components)

    async def run(self, listening: socket.socket, stop: Stop) -> None:
        """Serve HTTP at once, even while Kafka is away; everything else waits for Kafka."""
        async with asyncio.TaskGroup() as group:
            group.create_task(serve_http(self.application(), listening, stop))
            group.create_task(self._stream.run(stop))
            group.create_task(self._work(stop))

    async def _work(self, stop: Stop) -> None:
        topics, replication = self._topics.all(), self._settings.kafka_replication
        await self._broker.ensure_topics(topics, replication)
        async with self._broker.producer() as producer, asyncio.TaskGroup() as group:
            self._publisher.connect(producer)
            heartbeat = Heartbeat(SERVICE, self._topics, producer, self._readiness, self._findings)
            follower = Follower(self._topics, self.view, self._readiness)
            dead_letters = DeadLetterFollower(
                self._topics.dead_letters, self._dead_letters, self._clock
            )
            cleanup = DeadLetterCleanup(self._dead_letters, self.view, self._publisher)
            checks = TopicChecks(self._broker, topics, self._findings, replication)
            alerts = AlertPublisher(self._alert_rules, self.view, self._publisher)
            group.create_task(heartbeat.run(stop, self._clock))
            group.create_task(follower.run(self._broker, stop))
            group.create_task(self._publisher.run(stop))
            group.create_task(dead_letters.run(self._broker, self._readiness, stop))
            group.create_task(cleanup.run(stop))
            group.create_task(alerts.run(stop))
            group.create_task(self._deliver_alerts(stop))
            group.create_task(checks.run(stop))
            group.create_task(self._fire_ticks(stop))

    async def _fire_ticks(self, stop: Stop) -> None:
        schedule = self._schedule.schedule
        if schedule is None:
            return
        misfire = self._schedule.misfire
        scheduler = Scheduler(schedule, misfire, self.view, self._requests, self._publisher)
        await scheduler.run(stop)

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
    """Run one gateway with a real Kafka until the stop."""
    warn_about(settings)
    readiness = Readiness((KAFKA, TOPICS_READ), stop)
    broker = KafkaBroker(settings, instance_name(SERVICE), readiness)
    allow_many_connections()
    with bound_socket(settings.gateway_host, settings.gateway_port) as listening:
        await Gateway(settings, readiness, broker, SystemClock()).run(listening, stop)


def warn_about(settings: GatewaySettings) -> None:
    """Log a warning for every setting that leaves the gateway open."""
    if not settings.api_keys:
        logger.warning("GATEWAY_API_KEYS is not set: everybody may start and cancel syncs")
    for key in filter(lambda key: key.is_short, settings.api_keys):
        logger.warning(
            "the API key of %s can be guessed: use at least %d characters", key.name, SHORT_KEY
        )
    if settings.alert_webhook_url.get_secret_value() and not (
        settings.alert_webhook_secret.get_secret_value()
    ):
        logger.warning(
            "ALERT_WEBHOOK_SECRET is not set: the receiver cannot verify who sent an alert"
        )
