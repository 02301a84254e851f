"""A fake HEMIS that a test scripts; see ``Hemis``."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from libs.common.contracts.resources import Resource
from services.fetcher.hemis.errors import HemisError
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.ports import ListQuery, StudentCard

FOR_EVER = 10_000


@dataclass(frozen=True)
class Call:
    resource: Resource
    page: int
    filters: dict[str, str]
    page_size: int
    began: float
    ended: float


def student(hemis_id: int, **fields: Any) -> dict[str, Any]:
    return {"id": hemis_id, "student_id_number": f"39{hemis_id:010}"} | fields


def position(hemis_id: int, meta_id: int, **fields: Any) -> dict[str, Any]:
    number = {"employee_id_number": f"39{hemis_id:08}"}
    return {"id": hemis_id, "meta_id": meta_id, **number} | fields


class ScriptedHemis:
    def __init__(self) -> None:
        self.items: dict[Resource, list[Any]] = {resource: [] for resource in Resource}
        self.cards: dict[int, StudentCard] = {}
        self.totals: dict[Resource, int] = {}
        self.calls: list[Call] = []
        self.card_calls: list[int] = []
        self.seconds = 0.1
        self.vouches = True
        self.clock_ahead_seconds = 0.0
        self.changed_error: HemisError | None = None
        """The error of every request for changed records."""
        self.largest_page = 200
        self.short_page: int | None = None
        """A page that always lacks its last record."""
        self.always_page: int | None = None
        """The page that is given whichever is asked for, under the number asked for."""
        self._errors: dict[tuple[Resource, int], list[HemisError]] = defaultdict(list)

    def fail(self, resource: Resource, page: int, error: HemisError, times: int = FOR_EVER) -> None:
        self._errors[resource, page] = [error] * times

    def heal(self) -> None:
        self._errors.clear()

    def pages_asked(self, resource: Resource) -> list[int]:
        """Return the pages of the list itself, without requests for changed records."""
        asked = (call for call in self.calls if "updated_at_from" not in call.filters)
        return [call.page for call in asked if call.resource == resource]

    async def list_page(self, query: ListQuery) -> Page:
        began = asyncio.get_running_loop().time()
        try:
            await asyncio.sleep(self.seconds)
        finally:
            ended = asyncio.get_running_loop().time()
            size = query.scope.page_size
            call = Call(query.resource, query.page, query.scope.filters, size, began, ended)
            self.calls.append(call)
        if self.changed_error and "updated_at_from" in query.scope.filters:
            raise self.changed_error
        errors = self._errors[query.resource, query.page]
        if errors:
            raise errors.pop()
        return self._page(query, self._found(query))

    async def student_card(self, address: str, hemis_id: int) -> StudentCard | None:
        self.card_calls.append(hemis_id)
        await asyncio.sleep(self.seconds)
        return self.cards.get(hemis_id)

    def _found(self, query: ListQuery) -> Sequence[Any]:
        text = query.scope.filters.get("search", "")
        since = int(query.scope.filters.get("updated_at_from", 0))
        return [
            item
            for item in self.items[query.resource]
            if not text or text in str(item.values())
            if not since or (item or {}).get("updated_at", 0) >= since
        ]

    def _page(self, query: ListQuery, items: Sequence[Any]) -> Page:
        # As Yii2 does: a page beyond the last one is the last one again.
        size = min(query.scope.page_size, self.largest_page)
        page_count = -(-len(items) // size)
        number = max(min(query.page, page_count), 1)
        start = ((self.always_page or number) - 1) * size
        total = self.totals.get(query.resource, len(items))
        shown = items[start : start + size - (number == self.short_page)]
        body = tuple(map(msgspec.json.encode, shown))
        ahead = self.clock_ahead_seconds
        return Page(number, page_count, total, body, size, ahead, is_vouched_for=self.vouches)
