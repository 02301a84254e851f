"""Is HEMIS as it should be: learnt from ordinary answers, and by one light question when idle."""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from typing_extensions import override

from libs.common.clock import Clock
from libs.common.contracts.heartbeats import ACTIVE, RIGHT, Finding
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

# A fetcher that goes on with a sync learns enough from that.
_SETTLING_SECONDS = 10.0
_IDLE_SECONDS = 30 * 60.0
# Soon enough to see that something was mended, and no load for HEMIS.
_AILING_SECONDS = 60.0


class ObservedHemis(Hemis):
    """HEMIS, and what its answers say of its health."""

    def __init__(self, hemis: Hemis, traffic: HemisMetrics, clock: Clock) -> None:
        self._hemis = hemis
        self._traffic = traffic
        self.findings = Findings()
        self._clock = clock
        self.answered_at: float | None = None
        """Monotonic seconds; None before the first answer."""

    @override
    async def list_page(self, query: ListQuery) -> Page:
        try:
            page = await self._hemis.list_page(query)
        except HemisError as error:
            self._note(*failed(error))
            raise
        # Filters of a search make its count one of the search alone.
        whole = query.resource is Resource.STUDENTS and query.page == 1 and not query.filters
        self._note(*answered(page.total if whole else None))
        return page

    @override
    async def student_card(self, address: str, hemis_id: int) -> StudentCard | None:
        return await self._hemis.student_card(address, hemis_id)

    def _note(self, *findings: Finding) -> None:
        self.findings.note(*findings)
        if findings and all(finding.code == RIGHT for finding in findings):
            self.answered_at = self._clock.monotonic()
        if self._traffic.clock_ahead_seconds is not None:
            self.findings.note(clock_finding("HEMIS", self._traffic.clock_ahead_seconds))


class HemisChecks:
    """Knocks and asks when HEMIS was not asked for long, and while it ails."""

    def __init__(
        self,
        hemis: ObservedHemis,
        knock: Callable[[], Awaitable[tuple[Finding, ...]]],
        pacing: RequestPolicy,
    ) -> None:
        self.findings = hemis.findings
        self._hemis = hemis
        self._knock = knock
        self._pacing = pacing

    async def run(
        self, question: ListQuery, heartbeat: Heartbeat, stop: Stop, clock: Clock
    ) -> None:
        """Knock at once; ask only who works, and nothing has answered meanwhile."""
        await self._find_door_open()
        looked_at = float("-inf")
        await stop.wait(_SETTLING_SECONDS)
        while not stop.is_set():
            now = clock.monotonic()
            last = max(looked_at, self._hemis.answered_at or float("-inf"))
            if now - last >= _IDLE_SECONDS or not self.findings.all_right():
                looked_at = now
                await self.look(question, heartbeat)
            await stop.wait(_AILING_SECONDS)

    async def look(self, question: ListQuery, heartbeat: Heartbeat) -> None:
        if not await self._find_door_open() or heartbeat.state != ACTIVE:
            return
        # As polite as a page: in its turn, and the pause after it counts.
        async with self._pacing.turn.taken() as turn:
            await self._pacing.limit.slot()
            try:
                with suppress(HemisError):
                    await self._hemis.list_page(question)
            finally:
                turn.answered()

    async def _find_door_open(self) -> bool:
        found = await self._knock()
        self.findings.note(*found)
        is_open = all(finding.code == RIGHT for finding in found)
        if not is_open:
            # What was known behind it may no longer hold.
            for subject in (TOKEN, LISTS):
                self.findings.forget(subject)
        return is_open
