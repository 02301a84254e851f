"""Finding one person's records in HEMIS's lists, and publishing them as the list has them."""

from functools import partial

from msgspec.structs import replace

from libs.common.contracts.commands import WantedRecord
from libs.common.contracts.records import RecordOrigin, usable_id
from services.fetcher.context import HEMIS, ResourceContext
from services.fetcher.fetching.waits import WaitReporter
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery, StudentCard
from services.fetcher.hemis.requester import Requester
from services.fetcher.publishing.messages import fields_of
from services.fetcher.syncs.published import Published, end_offsets

# A search that names a person has a page or two; more is an answer to something else.
_MOST_SEARCH_PAGES = 10


class PersonSearch:
    """The searches of one single sync, and the tally of what they published."""

    def __init__(self, bench: ResourceContext, sync_id: str, line: Requester) -> None:
        self._bench = bench
        self._sync_id = sync_id
        self._line = line
        self._scope = bench.rules.scopes.single(bench.resource)
        self._place = 1
        self.waits = WaitReporter(bench, sync_id, attempt=1)
        self.fetched = 0
        self.keys: set[str] = set()
        self.hemis_ids: set[int] = set()
        self.buried: set[str] = set()
        self.suppressed: set[str] = set()
        self.end_offsets: dict[str, int] = {}

    @property
    def distinct(self) -> int:
        return len(self.keys) + len(self.buried)

    async def student_card(self, hemis_id: int) -> StudentCard | None:
        """Ask who has this id; raises HemisError."""

        async def keep(card: StudentCard | None, _: int) -> StudentCard | None:
            return card

        line = self._line
        ask = partial(line.hemis.student_card, self._scope.address, hemis_id)
        return await line.record(ask, keep, self.waits)

    async def publish_found(self, text: str, wanted: WantedRecord) -> bool:
        """Search and publish what is exactly wanted; tell whether the number has another owner.

        Raises:
            HemisError: HEMIS gave no answer.
        """
        strangers = 0
        number = pages = 1
        while number <= min(pages, _MOST_SEARCH_PAGES):
            found = await self._search_page(text, number, wanted)
            pages = found.page_count
            strangers += sum(self._is_stranger(item, wanted) for item in found.items)
            number += 1
        return strangers > 0

    async def publish_walked(self, wanted: WantedRecord) -> None:
        """Walk the whole list, with the pause, and publish what is wanted; raises HemisError.

        A second time where nobody was found in a list that changed: they may have slipped by.
        """
        before = self.distinct
        totals = await self._walk(wanted)
        if self.distinct == before and len(totals) > 1:
            await self._walk(wanted)

    async def _walk(self, wanted: WantedRecord) -> set[int]:
        """Return the totals that the pages told."""
        line = self._line
        totals = set()
        number = pages = 1
        while number <= pages:
            query = ListQuery.of(self._bench.resource, self._scope, number)
            ask = partial(line.hemis.list_page, query)
            page = await line.page(ask, partial(self._keep, wanted), self.waits)
            pages = page.page_count
            totals.add(page.total)
            number += 1
        return totals

    async def _search_page(self, text: str, number: int, wanted: WantedRecord) -> Page:
        line = self._line
        scope = replace(self._scope, filters={**self._scope.filters, "search": text})
        ask = partial(line.hemis.list_page, ListQuery.of(self._bench.resource, scope, number))
        return await line.record(ask, partial(self._keep, wanted), self.waits)

    async def _keep(self, wanted: WantedRecord, page: Page, ce_time: int) -> Page:
        self._bench.readiness.available(HEMIS)
        items = [item for item in page.items if self._fits(item, wanted)]
        if items:
            published = await self._bench.publisher.publish(items, self._origin(ce_time))
            self._count(len(items), published)
            await self._bench.memory.change(partial(replace, last_ce_time=ce_time))
        return page

    def _count(self, items: int, published: Published) -> None:
        self._place += items
        self.fetched += items - len(published.suppressed)
        self.keys.update(published.keys)
        self.hemis_ids.update(published.hemis_ids)
        self.buried.update(published.buried)
        self.suppressed.update(published.suppressed)
        self.end_offsets = end_offsets(self.end_offsets, published.offsets)
        self._bench.metrics.published(self._bench.resource, len(published.keys))
        self._bench.metrics.suppressed(self._bench.resource, len(published.suppressed))

    def _fits(self, item: bytes, wanted: WantedRecord) -> bool:
        hemis_id, number = self._identity(item)
        return wanted.hemis_id in {None, hemis_id} and wanted.id_number in {None, number}

    def _is_stranger(self, item: bytes, wanted: WantedRecord) -> bool:
        hemis_id, number = self._identity(item)
        return number == wanted.id_number and wanted.hemis_id not in {None, hemis_id}

    def _identity(self, item: bytes) -> tuple[int | None, str]:
        number_field = self._bench.resource.number_field
        fields = fields_of(item, ("id", number_field))
        return usable_id(fields.get("id")), str(fields.get(number_field) or "")

    def _origin(self, ce_time: int) -> RecordOrigin:
        return RecordOrigin(
            resource=self._bench.resource,
            sync_id=self._sync_id,
            page=1,
            place=self._place,
            source=self._scope.address,
            ce_time=ce_time,
        )
