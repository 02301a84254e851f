"""What HEMIS answers to a query that was let in: bytes, or a refusal. No I/O."""

from collections.abc import Callable
from functools import partial

from libs.simulator.errors import UnknownStudent
from libs.simulator.faults import Endpoint, Skew
from libs.simulator.hemis import SimulatedHemis
from libs.simulator.invented.student_details import with_details
from libs.simulator.listing.filters import wanted_student
from libs.simulator.listing.pages import page_body, page_request, paginate, success
from libs.simulator.lists import LISTS, Query, Resource

Answer = Callable[[Query, Skew], bytes]
"""The query, and by how much the list is to be wrong."""


class Answers:
    """The endpoints of one simulated HEMIS; each raises a ``HemisRefusal`` where HEMIS would."""

    def __init__(self, hemis: SimulatedHemis) -> None:
        self._hemis = hemis
        self.by_endpoint: dict[Endpoint, Answer] = {
            "student-info": self._student_info,
            **{one.endpoint: partial(self._page, resource) for resource, one in LISTS.items()},
        }

    def _student_info(self, query: Query, _: Skew) -> bytes:
        search, roster = self._hemis.searches["students"], self._hemis.rosters["students"]
        row = next(iter(search.rows(wanted_student(query), 0, 1)), None)
        if row is None:
            raise UnknownStudent
        return success(with_details(self._hemis.seed, roster.item(row), roster.body(row)))

    def _page(self, resource: Resource, query: Query, skew: Skew) -> bytes:
        wanted = LISTS[resource].wanted(query)
        search, roster = self._hemis.searches[resource], self._hemis.rosters[resource]
        behaviour = self._hemis.behaviour
        total = max(search.total(wanted) + skew.total, 0)
        asked = page_request(query, behaviour.largest_page)
        pagination = paginate(total, asked, behaviour.past_end)
        start = max(pagination.start + skew.page * pagination.page_size, 0)
        rows = search.rows(wanted, start, max(pagination.page_size + skew.items, 0))
        items = [roster.body(row) for row in rows]
        return page_body(items, pagination, behaviour.envelope)
