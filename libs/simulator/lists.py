"""The lists that the simulator serves: one entry for each list of HEMIS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from libs.simulator.behaviour import Behaviour
from libs.simulator.faults import Endpoint
from libs.simulator.invented.departments import Departments
from libs.simulator.invented.employees import Employees
from libs.simulator.invented.students import Students
from libs.simulator.listing.conditions import Wanted
from libs.simulator.listing.filters import wanted_departments, wanted_employees, wanted_students
from libs.simulator.listing.roster import Population

Query = Mapping[str, str]
Resource = Literal["students", "employees", "departments"]


@dataclass(frozen=True)
class SimulatedList:
    """One list: its path below ``/rest/v1/data``, its filters, and its invented items."""

    endpoint: Endpoint
    wanted: Callable[[Query], Wanted]
    population: Callable[[int, Behaviour], Population]
    """Takes the seed."""


LISTS: Mapping[Resource, SimulatedList] = {
    "students": SimulatedList("student-list", wanted_students, Students),
    "employees": SimulatedList("employee-list", wanted_employees, Employees),
    "departments": SimulatedList(
        "department-list", wanted_departments, lambda seed, _: Departments(seed)
    ),
}
