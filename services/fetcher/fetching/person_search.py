"""Finds one person's records in HEMIS's lists, and publishes them as the list has them."""

from dataclasses import dataclass, field
from functools import partial

from msgspec.structs import replace

from libs.common.contracts.checkpoints import Scope
from libs.common.contracts.commands import WantedRecord
from libs.common.contracts.records import usable_id
from services.fetcher.fetching.resource_parts import ResourceParts
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery, StudentCard
from services.fetcher.hemis.requester import Requester, WaitListener
from services.fetcher.publishing.messages import fields_of
from services.fetcher.syncs.published import Published, end_offsets

# A search for one person has a page or two; more pages answer something else.
_MOST_SEARCH_PAGES = 10


@dataclass(slots=True)
class PublishedRecords:
    """Publishes the records that one request found, and counts them."""

    parts: ResourceParts
    sync_id: str
    next_place: int = 1
    fetched: int = 0
    keys: set[str] = field(default_factory=set)
    hemis_ids: set[int] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    suppressed: set[str] = field(default_factory=set)
    end_offsets: dict[str, int] = field(default_factory=dict)

    @property
    def distinct(self) -> int:
        return len(self.keys) + len(self.rejected)

    async def publish(self, items: list[bytes], ce_time: int) -> None:
        """Publish these items; raises as ``FencedProducer.publish``."""
        self.parts.reporter.hemis_answered()
        if items:
            origin = self.parts.origin(self.sync_id, 1, self.next_place, ce_time)
            self._add(len(items), await self.parts.publisher.publish(items, origin))
            await self.parts.state.change(partial(replace, last_ce_time=ce_time))

    def _add(self, items: int, published: Published) -> None:
        self.next_place += items
        self.fetched += items - len(published.suppressed)
        self.keys.update(published.keys)
        self.hemis_ids.update(published.hemis_ids)
        self.rejected.update(published.rejected)
        self.suppressed.update(published.suppressed)
        self.end_offsets = end_offsets(self.end_offsets, published.offsets)
        self.parts.reporter.metrics.records_published(self.parts.resource, published)


@dataclass(frozen=True, slots=True)
class PersonSearch:
    """The searches of one request."""

    requester: Requester
    scope: Scope
    published: PublishedRecords
    waits: WaitListener

    async def student_card(self, hemis_id: int) -> StudentCard | None:
        """Request number and name of a student by id; raises HemisError."""
        return await self.requester.student_card(self.scope.address, hemis_id, self.waits)

    async def publish_found(self, text: str, wanted: WantedRecord) -> bool:
        """Search, and publish exact matches; tell whether somebody else has the number.

        Raises:
            HemisError: HEMIS gave no answer.
        """
        has_other_owner = False
        scope = replace(self.scope, filters={**self.scope.filters, "search": text})
        number = pages = 1
        while number <= min(pages, _MOST_SEARCH_PAGES):
            query = ListQuery(self.requester.resource, scope, number)
            page = await self.requester.search(query, partial(self._keep, wanted), self.waits)
            pages = page.page_count
            has_other_owner |= any(self._is_of_another(item, wanted) for item in page.items)
            number += 1
        return has_other_owner

    async def publish_from_whole_list(self, wanted: WantedRecord) -> None:
        """Read the whole list with pauses, and publish matches; raises HemisError.

        If nothing matched and the list changed meanwhile, the list is read a second time.
        """
        before = self.published.distinct
        totals = await self._read_whole_list(wanted)
        if self.published.distinct == before and len(totals) > 1:
            await self._read_whole_list(wanted)

    async def _read_whole_list(self, wanted: WantedRecord) -> set[int]:
        """Return the different totals that the pages gave."""
        totals = set()
        number = pages = 1
        while number <= pages:
            query = ListQuery(self.requester.resource, self.scope, number)
            page = await self.requester.page(query, partial(self._keep, wanted), self.waits)
            pages = page.page_count
            totals.add(page.total)
            number += 1
        return totals

    async def _keep(self, wanted: WantedRecord, page: Page, ce_time: int) -> Page:
        matches = [item for item in page.items if self._matches(item, wanted)]
        await self.published.publish(matches, ce_time)
        return page

    def _matches(self, item: bytes, wanted: WantedRecord) -> bool:
        hemis_id, number = self._identity(item)
        return wanted.hemis_id in {None, hemis_id} and wanted.id_number in {None, number}

    def _is_of_another(self, item: bytes, wanted: WantedRecord) -> bool:
        hemis_id, number = self._identity(item)
        return number == wanted.id_number and wanted.hemis_id not in {None, hemis_id}

    def _identity(self, item: bytes) -> tuple[int | None, str]:
        number_field = self.requester.resource.number_field
        fields = fields_of(item, ("id", number_field))
        return usable_id(fields.get("id")), str(fields.get(number_field) or "")
