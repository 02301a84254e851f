"""Starts the fetcher: opens its connections and puts its parts together."""

import asyncio
from functools import partial

from libs.common.clock import Clock, SystemClock
from libs.common.contracts.checkpoints import Scope
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.health.heartbeat import Heartbeat, instance_name
from libs.common.health.server import health_app, metrics_registry, serve_health
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.process.failpoints import FailPointSettings, parse
from libs.common.process.lifecycle import Stop
from libs.common.process.readiness import Readiness
from libs.common.process.settings import load_settings
from services.fetcher.composition import Composition
from services.fetcher.hemis.checks.checks import HemisChecks, ObservedHemis
from services.fetcher.hemis.checks.probe import probe
from services.fetcher.hemis.client import open_client
from services.fetcher.hemis.endpoint import Endpoint, unverified_tls, verifying_tls
from services.fetcher.hemis.metrics import HemisMetrics
from services.fetcher.hemis.ports import ListQuery
from services.fetcher.hemis.rate_limit import PageTurn, RateLimit
from services.fetcher.hemis.requester import RequestPolicy
from services.fetcher.hemis.retry import RetryPolicy
from services.fetcher.hemis.token import Token
from services.fetcher.leadership.member import Fetcher
from services.fetcher.metrics import Metrics
from services.fetcher.settings import FetcherSettings
from services.fetcher.syncs.plan import Scopes

# Reserved at a stop, after the last request, for leaving the group and closing connections.
_CLOSING_SECONDS = 5.0


async def serve(settings: FetcherSettings, stop: Stop) -> None:
    """Serve until the stop.

    Raises:
        ConfigurationError: a topic has another partition count, or the health port is taken.
        Stopped: the stop came before Kafka did.
    """
    registry = metrics_registry()
    # HEMIS counts for readiness only once it was asked.
    readiness = Readiness((KAFKA,), stop)
    topics = Topics(settings.kafka_topic_prefix, settings.kafka_partitions)
    broker = KafkaBroker(settings, instance_name("fetcher"), readiness)
    health = health_app(readiness, registry)
    clock, hemis_metrics, endpoint = SystemClock(), HemisMetrics(registry), _endpoint(settings)
    token, timeout_seconds = Token(lambda: settings.token), settings.hemis_request_timeout_seconds
    async with (
        serve_health(health, settings.health_host, settings.fetcher_health_port),
        open_client(endpoint, token, timeout_seconds, hemis_metrics) as client,
        broker.producer() as producer,
    ):
        await broker.ensure_topics(topics.all(), settings.kafka_replication)
        hemis = ObservedHemis(client, hemis_metrics, clock)
        composition = Composition(
            broker=broker,
            producer=producer,
            topics=topics,
            hemis=hemis,
            request_policy=_request_policy(settings, clock),
            scopes=_scopes(settings),
            max_failed_pages_in_a_row=settings.hemis_max_failed_pages_in_a_row,
            readiness=readiness,
            metrics=Metrics(registry),
            clock=clock,
            fail_point=parse(load_settings(FailPointSettings).hemis_fail_point),
        )
        checks = HemisChecks(hemis, partial(probe, endpoint), composition.request_policy)
        await _work(composition, checks, settings, stop)


async def _work(
    composition: Composition, checks: HemisChecks, settings: FetcherSettings, stop: Stop
) -> None:
    topics, clock = composition.topics, composition.clock
    heartbeat = Heartbeat(
        "fetcher", topics, composition.producer, composition.readiness, checks.hemis.findings
    )
    grace_seconds = max(settings.stop_grace_seconds - _CLOSING_SECONDS, 0.0)
    fetcher = Fetcher(composition.broker, topics, heartbeat, composition.leader_term, grace_seconds)
    scope = Scope(page_size=1, filters={}, address=settings.hemis_api_url)
    query = ListQuery(Resource.STUDENTS, scope, page=1)
    async with heartbeat.reporting_failure(clock), asyncio.TaskGroup() as workers:
        workers.create_task(heartbeat.run(stop, clock))
        workers.create_task(checks.run(query, heartbeat, stop, clock))
        workers.create_task(fetcher.run(stop))


def _request_policy(settings: FetcherSettings, clock: Clock) -> RequestPolicy:
    longest = settings.hemis_retry_after_max_seconds
    retries, base_seconds = settings.hemis_retry_attempts, settings.hemis_retry_base_seconds
    return RequestPolicy(
        limit=RateLimit(clock, longest),
        turn=PageTurn(clock, settings.hemis_page_pause_seconds),
        retries=RetryPolicy(retries, base_seconds, longest),
    )


def _scopes(settings: FetcherSettings) -> Scopes:
    return Scopes(
        address=settings.hemis_api_url,
        page_size=settings.hemis_page_size,
        student_status=settings.hemis_student_status,
        employee_type=settings.hemis_employee_type,
        language=settings.hemis_language,
    )


def _endpoint(settings: FetcherSettings) -> Endpoint:
    verify, address = settings.hemis_tls_verify, settings.hemis_api_url
    tls = verifying_tls(settings.hemis_tls_ca_file) if verify else unverified_tls()
    return Endpoint(address, tls, settings.proxy_for(address))
