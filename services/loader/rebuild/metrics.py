"""Metrics of a rebuild, on the loader's port while it runs."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge

from libs.common.errors import ConfigurationError
from libs.common.health.server import health_app, serve_health
from libs.common.process.readiness import Readiness
from services.loader.rebuild.progress import Progress
from services.loader.settings import LoaderSettings

logger = logging.getLogger(__name__)


class RebuildMetrics:
    """Counts the progress, and passes it on to ``shown``."""

    def __init__(self, registry: CollectorRegistry, shown: Progress) -> None:
        self._shown = shown
        self._total = Gauge(
            "hemis_loader_rebuild_records_found",
            "Records that a rebuild has to read, at most",
            registry=registry,
        )
        self._read = Counter(
            "hemis_loader_rebuild_records_read",
            "Records that are in the shadow tables; after the last one the merge starts",
            registry=registry,
        )
        Gauge(
            "hemis_loader_rebuild_start_time_seconds",
            "When the rebuild started, in unix seconds",
            registry=registry,
        ).set_to_current_time()

    def add_total(self, records: int) -> None:
        self._total.inc(records)
        self._shown.add_total(records)

    def advance(self, records: int) -> None:
        self._read.inc(records)
        self._shown.advance(records)


@asynccontextmanager
async def serve_metrics_if_port_is_free(
    settings: LoaderSettings, readiness: Readiness, registry: CollectorRegistry
) -> AsyncIterator[None]:
    """Serve metrics on the loader's port, unless a loader on this machine uses it."""
    app = health_app(readiness, registry)
    async with AsyncExitStack() as stack:
        try:
            serving = serve_health(app, settings.health_host, settings.loader_health_port)
            await stack.enter_async_context(serving)
        except ConfigurationError as error:
            logger.info("no metrics of this rebuild", extra={"reason": str(error)})
        yield
