"""Use case: fetch single persons, by either identifier, at once."""

import logging
from functools import partial

from libs.common.contracts.commands import FetchRecords, WantedRecord
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.resources import Resource
from libs.common.kafka.client import KAFKA
from libs.common.kafka.errors import KafkaUnavailable
from services.fetcher.checkpoints.bounds import BACKGROUND
from services.fetcher.checkpoints.state import without_request
from services.fetcher.context import ResourceContext
from services.fetcher.fetching.erase_person import erase
from services.fetcher.fetching.person_search import PersonSearch
from services.fetcher.hemis.errors import HemisError
from services.fetcher.publishing.own_topic import number_of


async def find_person(
    bench: ResourceContext, search: PersonSearch, wanted: WantedRecord
) -> Outcome:
    """Publish the records of one person.

    Raises:
        HemisError: HEMIS gave no answer.
    """
    before = search.distinct
    if wanted.id_number:
        has_other_owner = await search.publish_found(wanted.id_number, wanted)
        if has_other_owner and search.distinct == before:
            return await _contradiction(bench, search, wanted)
    elif wanted.hemis_id is not None:
        await _publish_by_id(bench, search, wanted.hemis_id)
    return Outcome.COMPLETED if search.distinct > before else Outcome.NOT_FOUND


async def _publish_by_id(bench: ResourceContext, search: PersonSearch, hemis_id: int) -> None:
    if bench.resource is Resource.STUDENTS:
        await _publish_student(search, hemis_id)
    else:
        await _publish_listed(bench, search, hemis_id)


async def _publish_student(search: PersonSearch, hemis_id: int) -> None:
    card = await search.student_card(hemis_id)
    before = search.distinct
    # A student can be without a number yet; the name then finds them, and the id tells which.
    for text in (card.id_number, card.full_name) if card else ():
        if text and search.distinct == before:
            await search.publish_found(text, WantedRecord(hemis_id=hemis_id))


async def _publish_listed(bench: ResourceContext, search: PersonSearch, hemis_id: int) -> None:
    """HEMIS cannot search this list by id: the number is ours to know, or every page is read."""
    wanted = WantedRecord(hemis_id=hemis_id)
    before = search.distinct
    number = await _known_number(bench, hemis_id)
    if number:
        await search.publish_found(number, wanted)
    if search.distinct == before:
        await search.publish_walked(wanted)


async def _contradiction(
    bench: ResourceContext, search: PersonSearch, wanted: WantedRecord
) -> Outcome:
    """The number is somebody else's: two people, or an id that nobody has?"""
    if wanted.hemis_id is None or not await _exists(bench, search, wanted.hemis_id):
        return Outcome.NOT_FOUND
    return Outcome.MISMATCH


async def _exists(bench: ResourceContext, search: PersonSearch, hemis_id: int) -> bool:
    if bench.resource is Resource.STUDENTS:
        return await search.student_card(hemis_id) is not None
    if await _known_number(bench, hemis_id):
        return True
    before = search.distinct
    await search.publish_walked(WantedRecord(hemis_id=hemis_id))
    return search.distinct > before


async def _known_number(bench: ResourceContext, hemis_id: int) -> str | None:
    if not bench.resource.number_field:
        return None
    look_up = partial(number_of, bench.broker, bench.outbox.topics, bench.resource, hemis_id)
    return await bench.readiness.wait_for(KAFKA, look_up, KafkaUnavailable)


logger = logging.getLogger(__name__)

ERASED_HERE = "this person was erased here"


class RecordFetcher:
    """Runs one open request until it is decided; it may be cancelled anywhere and run again."""

    def __init__(self, bench: ResourceContext, request: FetchRecords) -> None:
        self._bench = bench
        self._request = request
        self._is_background = request.trigger in BACKGROUND
        line = bench.line if self._is_background else bench.line.for_people()
        self._search = PersonSearch(bench, request.sync_id, line)

    async def run(self) -> None:
        """Find, publish, decide; raises as ``Outbox``."""
        lane = self._bench.line.lane
        if self._is_background:
            async with lane.background:
                await lane.yield_to_people()
                await self._answer()
        else:
            with lane.person_waiting():
                await self._answer()

    async def _answer(self) -> None:
        try:
            outcomes = [await self._find(wanted) for wanted in self._request.records]
        except HemisError as error:
            await self._end(Outcome.FAILED, str(error))
        else:
            outcome, reason = _verdict(outcomes)
            is_erased = outcome is Outcome.NOT_FOUND and self._search.suppressed
            await self._end(outcome, ERASED_HERE if is_erased else reason)

    async def _find(self, wanted: WantedRecord) -> Outcome:
        bench, hemis_id = self._bench, wanted.hemis_id
        if hemis_id is not None and hemis_id in bench.memory.suppressed:
            # A record of this person may have come from a fetcher that was frozen: publish the
            # tombstones again.
            keys = await erase(bench, hemis_id, self._request.sync_id)
            self._search.suppressed.update(keys)
            return Outcome.NOT_FOUND
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
            suppressed=len(search.suppressed),
        )


def _verdict(outcomes: list[Outcome]) -> tuple[Outcome, str]:
    """One verdict on all: contradictory wishes first, then anything found."""
    if Outcome.MISMATCH in outcomes:
        return Outcome.MISMATCH, "id and number name different people"
    if Outcome.COMPLETED in outcomes:
        return Outcome.COMPLETED, ""
    return Outcome.NOT_FOUND, "HEMIS knows no such person"
