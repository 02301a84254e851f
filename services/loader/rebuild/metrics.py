"""What Prometheus can ask a rebuild, on the loader's port, for as long as it runs."""

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
    """Hears the progress that people are shown, and counts it; passes it on."""

    def __init__(self, registry: CollectorRegistry, shown: Progress) -> None:
        self._shown = shown
        self._found = Gauge(
            "hemis_loader_rebuild_records_found",
            "Records that a rebuild has to read, at most",
            registry=registry,
        )
        self._read = Counter(
            "hemis_loader_rebuild_records_read",
            "Records that stand in the shadow tables; where all do, it merges",
            registry=registry,
        )
        Gauge(
            "hemis_loader_rebuild_start_time_seconds",
            "When it began, in unix seconds",
            registry=registry,
        ).set_to_current_time()

    def found(self, records: int) -> None:
        self._found.inc(records)
        self._shown.found(records)

    def passed(self, records: int) -> None:
        self._read.inc(records)
        self._shown.passed(records)


@asynccontextmanager
async def served_where_free(
    settings: LoaderSettings, readiness: Readiness, registry: CollectorRegistry
) -> AsyncIterator[None]:
    """Answer on the loader's port, unless somebody has it: a loader beside us, most likely."""
    app = health_app(readiness, registry)
    async with AsyncExitStack() as stack:
        try:
            serving = serve_health(app, settings.health_host, settings.loader_health_port)
            await stack.enter_async_context(serving)
        except ConfigurationError as error:
            logger.info("no metrics of this rebuild", extra={"reason": str(error)})
        yield
