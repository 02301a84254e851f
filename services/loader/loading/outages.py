"""Outages: shown at ``/readyz``, counted, and remembered for the watchdog."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from libs.common.errors import TransientError
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable, OffsetsGone
from libs.common.postgres.pool import POSTGRES
from libs.common.process.readiness import OK, Readiness
from services.loader.errors import DatabaseAway, DatabaseFault, Fenced
from services.loader.metrics import Metrics

LOADING = "loading"

T = TypeVar("T")

logger = logging.getLogger(__name__)


class Outages:
    """Reports why nothing is loaded."""

    def __init__(self, readiness: Readiness, metrics: Metrics) -> None:
        self._readiness = readiness
        self._metrics = metrics
        self.database_failures = 0
        """How often PostgreSQL has failed so far."""

    async def wait_for_database(self, attempt: Callable[[], Awaitable[None]]) -> None:
        """Repeat ``attempt`` until PostgreSQL answers; raises Stopped."""

        async def counted() -> None:
            try:
                await attempt()
            except DatabaseAway as error:
                self._count(error)
                raise

        await self._readiness.wait_for(POSTGRES, counted, DatabaseAway)

    async def wait_for_both(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Repeat ``attempt`` until Kafka and PostgreSQL both answer; raises Stopped."""

        async def with_kafka() -> T:
            return await self._readiness.wait_for(KAFKA, attempt, KafkaUnavailable, OffsetsGone)

        return await self._readiness.wait_for(POSTGRES, with_kafka, DatabaseAway)

    def report(self, error: TransientError) -> None:
        """Count the error and show it at ``/readyz``."""
        self._count(error)
        match error:
            case Fenced() | OffsetsGone():
                logger.warning("claiming again", extra={"lost": str(error)})
            case DatabaseFault():
                # Not under PostgreSQL's name: the next claim succeeds and would clear it.
                self._readiness.away(LOADING, error)
            case DatabaseAway():
                self._readiness.away(POSTGRES, error)
            case _:
                self._readiness.away(KAFKA, error)

    def loaded(self) -> None:
        """Note that a batch was loaded, or that there is none to load."""
        if self._readiness.states().get(LOADING, OK) != OK:
            self._readiness.available(LOADING)

    def _count(self, error: TransientError) -> None:
        self._metrics.retries.labels(type(error).__name__).inc()
        self.database_failures += isinstance(error, DatabaseAway)
