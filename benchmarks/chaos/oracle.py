"""Computes the right result of a plan without the fetcher. Pure."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

from benchmarks.chaos.plans import MOST_FAILED_IN_A_ROW, RETRIES, Plan, Trouble
from libs.common.contracts.enums import Outcome
from libs.common.contracts.records import record_key, usable_id


@dataclass
class Verdict:
    """The outcome, reason, pages and requests that the sync must have."""

    outcome: Outcome = Outcome.COMPLETED
    reason: str = ""
    """A text that the sync's reason must contain."""
    good_pages: list[int] = field(default_factory=list)
    failed_pages: list[int] = field(default_factory=list)
    requests: int = 0
    """The least number of requests; a failed sync sends exactly this number."""


class Oracle:
    """Visits the pages as a fetcher must and counts the faults left for each page."""

    def __init__(self, plan: Plan) -> None:
        self._pages = plan.pages
        self._troubles = {trouble.page: trouble for trouble in plan.troubles}
        self._left = {trouble.page: trouble.times or inf for trouble in plan.troubles}
        self._verdict = Verdict()

    def verdict(self) -> Verdict:
        in_a_row = 0
        for page in range(1, self._pages + 1):
            in_a_row = 0 if self._visit(page) else in_a_row + 1
            if self._is_over(page, in_a_row):
                return self._verdict
        for page in tuple(self._verdict.failed_pages):
            if self._visit(page):
                self._verdict.failed_pages.remove(page)
        return self._verdict

    def _is_over(self, page: int, in_a_row: int) -> bool:
        verdict, trouble = self._verdict, self._troubles.get(page)
        if trouble is not None and trouble.effect == "fatal":
            verdict.reason = f"HTTP {trouble.status} from"
            verdict.failed_pages.remove(page)
        elif in_a_row and page == 1:
            verdict.reason = "the first page failed"
            verdict.failed_pages.remove(page)
        elif in_a_row >= MOST_FAILED_IN_A_ROW:
            verdict.reason = f"{in_a_row} pages in a row failed"
        else:
            return False
        verdict.outcome = Outcome.FAILED
        return True

    def _visit(self, page: int) -> bool:
        """Request a page with all allowed retries; return whether it succeeded."""
        trouble = self._troubles.get(page)
        tries = RETRIES + 1 if trouble is None or trouble.effect == "passing" else 1
        for _ in range(tries):
            self._verdict.requests += 1
            if not self._is_affected(page, trouble):
                self._verdict.good_pages.append(page)
                return True
        if page not in self._verdict.failed_pages:
            self._verdict.failed_pages.append(page)
        return False

    def _is_affected(self, page: int, trouble: Trouble | None) -> bool:
        if trouble is None or not self._left[page]:
            return False
        self._left[page] -= 1
        return True


def records_of(plan: Plan, bodies: Sequence[bytes], pages: Sequence[int]) -> dict[str, bytes]:
    """Return the records of these pages by key; a record without an id has a key of its own."""
    found = {}
    for page in pages:
        for body in bodies[(page - 1) * plan.page_size : page * plan.page_size]:
            found[key_of(plan, body)] = body
    return found


def key_of(plan: Plan, body: bytes) -> str:
    item = json.loads(body)
    hemis_id = usable_id(item.get("id")) if isinstance(item, dict) else None
    return (
        f"dead letter {body!r}" if hemis_id is None else record_key(plan.resource, hemis_id, item)
    )
