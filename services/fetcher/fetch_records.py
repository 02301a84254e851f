"""Use case: fetch single persons, by either identifier, at once."""

import logging

from libs.common.contracts.commands import FetchRecords, WantedRecord
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.words import Outcome
from services.fetcher.bench import Bench
from services.fetcher.find_person import find_person
from services.fetcher.hemis.errors import HemisError
from services.fetcher.memory import without_request
from services.fetcher.person_search import PersonSearch

logger = logging.getLogger(__name__)


class FetchSingles:
    """Runs one open request until it is decided; it may be cancelled anywhere and run again."""

    def __init__(self, bench: Bench, request: FetchRecords) -> None:
        self._bench = bench
        self._request = request
        self._search = PersonSearch(bench, request.sync_id)

    async def run(self) -> None:
        """Find, publish, decide; raises as ``Outbox``."""
        try:
            outcomes = [await self._find(wanted) for wanted in self._request.records]
        except HemisError as error:
            await self._end(Outcome.FAILED, str(error))
        else:
            await self._end(*_verdict(outcomes))

    async def _find(self, wanted: WantedRecord) -> Outcome:
        return await find_person(self._bench, self._search, wanted)

    async def _end(self, outcome: Outcome, reason: str) -> None:
        decision = self._decision(outcome, reason)
        # Said before it is forgotten: a crash in between fetches the record once more, and of
        # two decisions readers take the first.
        await self._bench.outbox.say(decision)
        await self._bench.memory.change(without_request(decision))
        level = logging.ERROR if outcome is Outcome.FAILED else logging.INFO
        extra = {"records": decision.distinct, "sync": self._request.sync_id}
        because = f": {reason}" if reason else ""
        text = "HEMIS %s single record %s%s"
        logger.log(level, text, self._bench.resource, outcome, because, extra=extra)

    def _decision(self, outcome: Outcome, reason: str) -> SyncFetched:
        search = self._search
        return SyncFetched(
            sync_id=self._request.sync_id,
            resource=self._request.resource,
            at=self._bench.clock.now_ms(),
            attempt=1,
            outcome=outcome,
            source_total=search.distinct,
            fetched=search.fetched,
            distinct=search.distinct,
            rejected=len(search.buried),
            retries=search.waits.taken(),
            end_offsets=search.end_offsets,
            reason=reason,
            hemis_ids=tuple(sorted(search.hemis_ids)),
        )


def _verdict(outcomes: list[Outcome]) -> tuple[Outcome, str]:
    """One verdict on all: contradictory wishes first, then anything found."""
    if Outcome.MISMATCH in outcomes:
        return Outcome.MISMATCH, "id and number name different people"
    if Outcome.COMPLETED in outcomes:
        return Outcome.COMPLETED, ""
    return Outcome.NOT_FOUND, "HEMIS knows no such person"
