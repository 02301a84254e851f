"""What HEMIS answers to a query that was let in: bytes, or a refusal. No I/O."""

from collections.abc import Callable, Mapping

from libs.simulator.errors import UnknownStudent
from libs.simulator.faults import Endpoint, Skew
from libs.simulator.hemis import Resource, SimulatedHemis
from libs.simulator.invented.student_details import with_details
from libs.simulator.listing.conditions import Wanted
from libs.simulator.listing.filters import (
    wanted_departments,
    wanted_employees,
    wanted_student,
    wanted_students,
)
from libs.simulator.listing.pages import page_body, page_request, paginate, success

Query = Mapping[str, str]
Answer = Callable[[Query, Skew], bytes]
"""The query, and by how much the list is to be wrong."""


class Answers:
    """The endpoints of one simulated HEMIS; each raises a ``HemisRefusal`` where HEMIS would."""

    def __init__(self, hemis: SimulatedHemis) -> None:
        self._hemis = hemis
        self.by_endpoint: dict[Endpoint, Answer] = {
            "student-list": self._student_list,
            "employee-list": self._employee_list,
            "student-info": self._student_info,
            "department-list": self._department_list,
        }

    def _student_list(self, query: Query, skew: Skew) -> bytes:
        return self._page("students", wanted_students(query), query, skew)

    def _employee_list(self, query: Query, skew: Skew) -> bytes:
        return self._page("employees", wanted_employees(query), query, skew)

    def _department_list(self, query: Query, skew: Skew) -> bytes:
        return self._page("departments", wanted_departments(query), query, skew)

    def _student_info(self, query: Query, _: Skew) -> bytes:
        search, roster = self._hemis.searches["students"], self._hemis.rosters["students"]
        row = next(iter(search.rows(wanted_student(query), 0, 1)), None)
        if row is None:
            raise UnknownStudent
        return success(with_details(self._hemis.seed, roster.item(row), roster.body(row)))

    def _page(self, resource: Resource, wanted: Wanted, query: Query, skew: Skew) -> bytes:
        search, roster = self._hemis.searches[resource], self._hemis.rosters[resource]
        behaviour = self._hemis.behaviour
        total = max(search.total(wanted) + skew.total, 0)
        asked = page_request(query, behaviour.largest_page)
        pagination = paginate(total, asked, behaviour.past_end)
        start = max(pagination.start + skew.page * pagination.page_size, 0)
        rows = search.rows(wanted, start, max(pagination.page_size + skew.items, 0))
        items = [roster.body(row) for row in rows]
        return page_body(items, pagination, behaviour.envelope)
