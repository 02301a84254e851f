"""Use case: look up in HEMIS what a sync did not see; only a definite "not found" removes rows."""

import logging
from dataclasses import dataclass
from functools import partial

from msgspec.structs import replace

from libs.common.contracts.commands import ConfirmMissing
from libs.common.contracts.events import MissingConfirmed
from libs.common.contracts.records import RecordOrigin
from libs.common.errors import PermanentError
from services.fetcher.fetching.erase_person import publish_erasure
from services.fetcher.fetching.missing_evidence import (
    MissingVerdict,
    WantedPerson,
    erased,
    judge,
    people_of,
    undecided,
)
from services.fetcher.fetching.reporting import WaitReporter
from services.fetcher.fetching.resource_parts import ResourceParts
from services.fetcher.hemis.errors import HemisError, HemisMalformed
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery

logger = logging.getLogger(__name__)


@dataclass
class MissingConfirmer:
    """Answers one command, person by person, between the pages of a sync.

    It may be cancelled anywhere, and no checkpoint stores it: the loader repeats the question for
    every key without an answer. Answering twice is harmless.
    """

    parts: ResourceParts
    command: ConfirmMissing

    def __post_init__(self) -> None:
        self._waits = WaitReporter(self.parts.reporter, self.command.sync_id, attempt=1)
        self._next_place = 1

    async def run(self) -> None:
        """Look up and answer; raises as ``FencedProducer.publish``."""
        for wanted in people_of(self.command.records):
            try:
                async with self.parts.requester.lock.background:
                    await self._confirm(wanted)
            except HemisError as error:
                self._log(error)
                if error.ends_the_sync or not isinstance(error, HemisMalformed):
                    return

    async def _confirm(self, wanted: WantedPerson) -> None:
        """Answer for one person; raises HemisError during an outage, which is no answer."""
        if wanted.hemis_id in self.parts.state.suppressed:
            await self._erase_again(wanted)
        elif self.parts.resource.number_field and wanted.id_number in {"", "0"}:
            await self._answer(undecided(wanted), 0)
        else:
            await self._answer(*await self._look_up(wanted))

    async def _look_up(self, wanted: WantedPerson) -> tuple[MissingVerdict, int]:
        """Return the verdict and the ``ce_time`` of the request."""
        parts, scope = self.parts, self.parts.search_scope
        # Without id numbers there is no search: the list decides, if it fits into one page.
        if parts.resource.number_field:
            scope = replace(scope, filters=scope.filters | {"search": wanted.id_number})
        query = ListQuery(parts.resource, scope, page=1)
        try:
            return await parts.requester.search(query, partial(self._keep, wanted), self._waits)
        except PermanentError as error:
            if not isinstance(error, HemisError) or error.ends_the_sync:
                raise
            self._log(error)
            return undecided(wanted), 0

    async def _erase_again(self, wanted: WantedPerson) -> None:
        """Publish the tombstones again: rows of an erased person come from an old backup."""
        await publish_erasure(self.parts, wanted.hemis_id, self.command.sync_id)
        await self._answer(erased(wanted), self.parts.state.checkpoint.last_ce_time)

    async def _keep(
        self, wanted: WantedPerson, page: Page, ce_time: int
    ) -> tuple[MissingVerdict, int]:
        """Publish the person's items and tombstones while the request holds the lock."""
        parts = self.parts
        parts.reporter.hemis_answered()
        verdict = judge(parts.resource, wanted, page)
        if verdict.items:
            await parts.publisher.publish(verdict.items, self._origin(ce_time, verdict.items))
        if verdict.tombstones:
            origin = self._origin(ce_time, verdict.tombstones)
            await parts.publisher.publish_tombstones(verdict.tombstones, origin)
        if verdict.items or verdict.tombstones:
            await parts.state.change(partial(replace, last_ce_time=ce_time))
        return verdict, ce_time

    async def _answer(self, verdict: MissingVerdict, ce_time: int) -> None:
        await self.parts.reporter.publish(
            MissingConfirmed(
                sync_id=self.command.sync_id,
                resource=self.parts.resource,
                at=self.parts.reporter.now(),
                keys=verdict.gone,
                tombstones=verdict.tombstones,
                present=verdict.present,
                undecided=verdict.undecided,
                asked_at=ce_time,
            )
        )

    def _origin(self, ce_time: int, published: tuple[object, ...]) -> RecordOrigin:
        place = self._next_place
        self._next_place += len(published)
        return self.parts.origin(self.command.sync_id, 0, place, ce_time)

    def _log(self, error: HemisError) -> None:
        text = "HEMIS %s records missing from a sync could not be looked up: %s"
        extra = {"sync": self.command.sync_id}
        logger.warning(text, self.parts.resource, error, extra=extra)
