"""Use case: ask HEMIS for what a sync did not see; only a definite "not found" removes."""

import logging
from functools import partial

from msgspec.structs import replace

from libs.common.contracts.commands import ConfirmMissing
from libs.common.contracts.events import MissingConfirmed
from libs.common.contracts.records import RecordOrigin
from libs.common.errors import PermanentError
from services.fetcher.context import HEMIS, ResourceContext
from services.fetcher.fetching.erase_person import erase
from services.fetcher.fetching.missing_evidence import (
    MissingVerdict,
    WantedPerson,
    erased,
    judge,
    people_of,
    undecided,
)
from services.fetcher.fetching.waits import WaitReporter
from services.fetcher.hemis.errors import HemisError, HemisMalformed
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery

logger = logging.getLogger(__name__)


class MissingConfirmer:
    """Goes through one command, between the pages of a sync.

    It may be dropped anywhere and keeps no memory: the loader asks again for what was not
    answered, and asking twice is harmless. Each person is answered at once.
    """

    def __init__(self, bench: ResourceContext, command: ConfirmMissing) -> None:
        self._bench = bench
        self._command = command
        self._scope = bench.rules.scopes.single(bench.resource)
        self._waits = WaitReporter(bench, command.sync_id, attempt=1)
        self._place = 1

    async def run(self) -> None:
        """Ask and answer; raises as ``Outbox``."""
        for wanted in people_of(self._command.records):
            try:
                async with self._bench.line.lane.background:
                    await self._settle(wanted)
            except HemisError as error:
                self._log(error)
                if error.ends_the_sync or not isinstance(error, HemisMalformed):
                    return

    async def _settle(self, wanted: WantedPerson) -> None:
        """Answer for one person; an outage is no answer and raises HemisError."""
        if wanted.hemis_id in self._bench.memory.suppressed:
            await self._erase_again(wanted)
            return
        has_numbers = bool(self._bench.resource.number_field)
        if has_numbers and not wanted.can_be_searched:
            await self._answer(undecided(wanted), 0)
            return
        # Without numbers there is no search: the whole list decides, if it fits into one answer.
        search = {"search": wanted.id_number} if has_numbers else {}
        scope = replace(self._scope, filters=self._scope.filters | search)
        line = self._bench.line
        ask = partial(line.hemis.list_page, ListQuery.of(self._bench.resource, scope, 1))
        try:
            verdict, ce_time = await line.record(ask, partial(self._keep, wanted), self._waits)
        except PermanentError as error:
            if not isinstance(error, HemisError) or error.ends_the_sync:
                raise
            self._log(error)
            verdict, ce_time = undecided(wanted), 0
        await self._answer(verdict, ce_time)

    async def _erase_again(self, wanted: WantedPerson) -> None:
        """Rows of somebody erased can only be of an old backup of the database."""
        bench = self._bench
        await erase(bench, wanted.hemis_id, self._command.sync_id)
        await self._answer(erased(wanted), bench.memory.checkpoint.last_ce_time)

    async def _keep(
        self, wanted: WantedPerson, page: Page, ce_time: int
    ) -> tuple[MissingVerdict, int]:
        """Publish what is there and bury in the topic what is not, before the lane is free."""
        bench = self._bench
        bench.readiness.available(HEMIS)
        verdict = judge(bench.resource, wanted, page)
        if verdict.items:
            await bench.publisher.publish(verdict.items, self._origin(ce_time, verdict.items))
        if verdict.tombstones:
            origin = self._origin(ce_time, verdict.tombstones)
            await bench.publisher.publish_tombstones(verdict.tombstones, origin)
        if verdict.items or verdict.tombstones:
            await bench.memory.change(partial(replace, last_ce_time=ce_time))
        return verdict, ce_time

    async def _answer(self, verdict: MissingVerdict, ce_time: int) -> None:
        await self._bench.outbox.say(
            MissingConfirmed(
                sync_id=self._command.sync_id,
                resource=self._bench.resource,
                at=self._bench.clock.now_ms(),
                keys=verdict.gone,
                tombstones=verdict.tombstones,
                present=verdict.present,
                undecided=verdict.undecided,
                asked_at=ce_time,
            )
        )

    def _origin(self, ce_time: int, published: tuple[object, ...]) -> RecordOrigin:
        place = self._place
        self._place += len(published)
        return RecordOrigin(
            resource=self._bench.resource,
            sync_id=self._command.sync_id,
            page=0,
            place=place,
            source=self._scope.address,
            ce_time=ce_time,
        )

    def _log(self, error: HemisError) -> None:
        logger.warning(
            "HEMIS %s not asked for all that a sync did not see: %s",
            self._bench.resource,
            error,
            extra={"sync": self._command.sync_id},
        )
