"""Use case: fetch single records at once, by HEMIS id or by id number."""

import logging
from dataclasses import dataclass, replace

from libs.common.contracts.commands import FetchRecords, WantedRecord
from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.resources import Resource
from services.fetcher.checkpoints.bounds import BACKGROUND
from services.fetcher.checkpoints.state import without_request
from services.fetcher.fetching.erase_person import publish_erasure
from services.fetcher.fetching.person_search import PersonSearch, PublishedRecords
from services.fetcher.fetching.reporting import WaitReporter
from services.fetcher.fetching.resource_parts import ResourceParts
from services.fetcher.hemis.errors import HemisError
from services.fetcher.publishing.record_topic import RecordTopic

logger = logging.getLogger(__name__)

ERASED_HERE = "this person was erased here"


@dataclass
class RecordFetcher:
    """Runs one open request to its end; it may be cancelled anywhere and run again."""

    parts: ResourceParts
    request: FetchRecords

    def __post_init__(self) -> None:
        parts, sync_id = self.parts, self.request.sync_id
        self._is_background = self.request.trigger in BACKGROUND
        requester = replace(parts.requester, yields=self._is_background)
        self._waits = WaitReporter(parts.reporter, sync_id, attempt=1)
        self._published = PublishedRecords(parts, sync_id)
        search = PersonSearch(requester, parts.search_scope, self._published, self._waits)
        self._finder = _PersonFinder(search, parts.record_topic, parts.resource)

    async def run(self) -> None:
        """Search, publish and decide; raises as ``FencedProducer.publish``."""
        lock = self.parts.requester.lock
        if self._is_background:
            async with lock.background:
                await lock.yield_to_people()
                await self._fetch_all()
        else:
            with lock.person_waiting():
                await self._fetch_all()

    async def _fetch_all(self) -> None:
        try:
            outcomes = [await self._fetch(wanted) for wanted in self.request.records]
        except HemisError as error:
            await self._end(Outcome.FAILED, str(error))
        else:
            outcome, reason = _verdict(outcomes)
            is_erased = outcome is Outcome.NOT_FOUND and self._published.suppressed
            await self._end(outcome, ERASED_HERE if is_erased else reason)

    async def _fetch(self, wanted: WantedRecord) -> Outcome:
        hemis_id = wanted.hemis_id
        if hemis_id is not None and hemis_id in self.parts.state.suppressed:
            # A fetcher that was frozen may have published a record of this person: publish the
            # tombstones again.
            keys = await publish_erasure(self.parts, hemis_id, self.request.sync_id)
            self._published.suppressed.update(keys)
            return Outcome.NOT_FOUND
        return await self._finder.find(wanted)

    async def _end(self, outcome: Outcome, reason: str) -> None:
        decision = self._decision(outcome, reason)
        # The event comes before the checkpoint: a crash in between fetches the record once more,
        # and readers take the first of two decisions.
        await self.parts.reporter.publish(decision)
        await self.parts.state.change(without_request(decision))
        level = logging.ERROR if outcome is Outcome.FAILED else logging.INFO
        extra = {"records": decision.distinct, "sync": self.request.sync_id}
        because = f": {reason}" if reason else ""
        text = "HEMIS %s single record %s%s"
        logger.log(level, text, self.parts.resource, outcome, because, extra=extra)

    def _decision(self, outcome: Outcome, reason: str) -> SyncFetched:
        published = self._published
        return SyncFetched(
            sync_id=self.request.sync_id,
            resource=self.request.resource,
            at=self.parts.reporter.now(),
            attempt=1,
            outcome=outcome,
            source_total=published.distinct,
            fetched=published.fetched,
            distinct=published.distinct,
            rejected=len(published.rejected),
            retries=self._waits.take_retries(),
            end_offsets=published.end_offsets,
            reason=reason,
            hemis_ids=tuple(sorted(published.hemis_ids)),
            suppressed=len(published.suppressed),
        )


@dataclass(frozen=True, slots=True)
class _PersonFinder:
    """Chooses how to search for a person: HEMIS's lists differ in what they can search by."""

    search: PersonSearch
    record_topic: RecordTopic
    resource: Resource

    async def find(self, wanted: WantedRecord) -> Outcome:
        """Publish the records of one person.

        Raises:
            HemisError: HEMIS gave no answer.
        """
        before = self._found
        if wanted.id_number:
            has_other_owner = await self.search.publish_found(wanted.id_number, wanted)
            if has_other_owner and self._found == before:
                # Two different people, or an id that nobody has.
                exists = wanted.hemis_id is not None and await self._exists(wanted.hemis_id)
                return Outcome.MISMATCH if exists else Outcome.NOT_FOUND
        elif wanted.hemis_id is not None:
            is_student = self.resource is Resource.STUDENTS
            publish = self._publish_student if is_student else self._publish_from_list
            await publish(wanted.hemis_id)
        return Outcome.COMPLETED if self._found > before else Outcome.NOT_FOUND

    @property
    def _found(self) -> int:
        return self.search.published.distinct

    async def _publish_student(self, hemis_id: int) -> None:
        card = await self.search.student_card(hemis_id)
        before = self._found
        # A student may not have a number yet; then the name finds them, and the id selects.
        for text in (card.id_number, card.full_name) if card else ():
            if text and self._found == before:
                await self.search.publish_found(text, WantedRecord(hemis_id=hemis_id))

    async def _publish_from_list(self, hemis_id: int) -> None:
        """Search by the published id number, else read every page: HEMIS cannot search by id."""
        wanted = WantedRecord(hemis_id=hemis_id)
        before = self._found
        number = await self._published_number(hemis_id)
        if number:
            await self.search.publish_found(number, wanted)
        if self._found == before:
            await self.search.publish_from_whole_list(wanted)

    async def _exists(self, hemis_id: int) -> bool:
        if self.resource is Resource.STUDENTS:
            return await self.search.student_card(hemis_id) is not None
        if await self._published_number(hemis_id):
            return True
        before = self._found
        await self.search.publish_from_whole_list(WantedRecord(hemis_id=hemis_id))
        return self._found > before

    async def _published_number(self, hemis_id: int) -> str | None:
        if not self.resource.number_field:
            return None
        return await self.record_topic.id_number_of(hemis_id)


def _verdict(outcomes: list[Outcome]) -> tuple[Outcome, str]:
    """Return one outcome for all records, and its reason: a mismatch first, then any record."""
    if Outcome.MISMATCH in outcomes:
        return Outcome.MISMATCH, "id and number name different people"
    if Outcome.COMPLETED in outcomes:
        return Outcome.COMPLETED, ""
    return Outcome.NOT_FOUND, "HEMIS knows no such person"
