"""Finds out whether HEMIS is healthy: from ordinary answers, and by one small request when idle."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from typing_extensions import override

from libs.common.clock import Clock
from libs.common.contracts.heartbeats import ACTIVE, HEALTHY, Finding
from libs.common.contracts.resources import Resource
from libs.common.health.heartbeat import Heartbeat
from libs.common.process.findings import Findings, clock_finding
from libs.common.process.lifecycle import Stop
from services.fetcher.hemis.checks.findings import LISTS, TOKEN, answered, failed
from services.fetcher.hemis.errors import HemisError
from services.fetcher.hemis.metrics import HemisMetrics
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import Hemis, ListQuery, StudentCard
from services.fetcher.hemis.requester import RequestPolicy

# A fetcher that resumes a sync learns enough from its pages.
_SETTLING_SECONDS = 10.0
_IDLE_SECONDS = 30 * 60.0
# Often enough to notice a repair, and no load for HEMIS.
_CHECK_SECONDS = 60.0


@dataclass
class ObservedHemis(Hemis):
    """Passes requests on to HEMIS, and notes findings from the answers."""

    hemis: Hemis
    metrics: HemisMetrics
    clock: Clock
    findings: Findings = field(default_factory=Findings, init=False)
    answered_at: float = field(default=float("-inf"), init=False)
    """Monotonic seconds of the last healthy answer."""

    @override
    async def list_page(self, query: ListQuery) -> Page:
        try:
            page = await self.hemis.list_page(query)
        except HemisError as error:
            self._note(*failed(error))
            raise
        # With filters, the total counts only the matches.
        is_students = query.resource is Resource.STUDENTS and query.page == 1
        is_whole = is_students and not query.scope.filters
        self._note(*answered(page.total if is_whole else None))
        return page

    @override
    async def student_card(self, address: str, hemis_id: int) -> StudentCard | None:
        return await self.hemis.student_card(address, hemis_id)

    def _note(self, *findings: Finding) -> None:
        self.findings.note(*findings)
        if findings and all(finding.code == HEALTHY for finding in findings):
            self.answered_at = self.clock.monotonic()
        if self.metrics.clock_ahead_seconds is not None:
            self.findings.note(clock_finding("HEMIS", self.metrics.clock_ahead_seconds))


@dataclass(frozen=True, slots=True)
class HemisChecks:
    """Probes HEMIS and requests one record, if nothing else did for long or something is wrong."""

    hemis: ObservedHemis
    probe: Callable[[], Awaitable[tuple[Finding, ...]]]
    policy: RequestPolicy

    async def run(self, query: ListQuery, heartbeat: Heartbeat, stop: Stop, clock: Clock) -> None:
        """Probe at once, then check until the stop."""
        await self._is_reachable()
        checked_at = float("-inf")
        await stop.wait(_SETTLING_SECONDS)
        while not stop.is_set():
            now = clock.monotonic()
            last = max(checked_at, self.hemis.answered_at)
            if now - last >= _IDLE_SECONDS or not self.hemis.findings.all_healthy():
                checked_at = now
                await self.check(query, heartbeat)
            await stop.wait(_CHECK_SECONDS)

    async def check(self, query: ListQuery, heartbeat: Heartbeat) -> None:
        """Probe HEMIS; the active fetcher also sends the request."""
        if not await self._is_reachable() or heartbeat.state != ACTIVE:
            return
        # Like a page: it takes its turn, and the pause follows.
        async with self.policy.turn.taken() as turn:
            await self.policy.limit.slot()
            try:
                with suppress(HemisError):
                    await self.hemis.list_page(query)
            finally:
                turn.answered()

    async def _is_reachable(self) -> bool:
        found = await self.probe()
        self.hemis.findings.note(*found)
        is_reachable = all(finding.code == HEALTHY for finding in found)
        if not is_reachable:
            # Earlier findings about token and lists may be out of date.
            for subject in (TOKEN, LISTS):
                self.hemis.findings.forget(subject)
        return is_reachable
