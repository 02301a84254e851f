"""The simulated HEMIS: its people, its behaviour and its faults, without any HTTP."""

import time

from libs.simulator.behaviour import Behaviour
from libs.simulator.faults import FaultBoard
from libs.simulator.invented.university import UNITS
from libs.simulator.listing.order import Order
from libs.simulator.listing.roster import Population, Roster
from libs.simulator.listing.search import Search
from libs.simulator.listing.seating import Seating
from libs.simulator.listing.versions import Version
from libs.simulator.lists import LISTS, Resource
from libs.simulator.traffic import RateLimit, RequestLog


class SimulatedHemis:
    """One university. ``employees`` counts positions; everything can be changed while it runs."""

    def __init__(
        self,
        students: int,
        employees: int,
        seed: int = 1,
        token: str = "simulator",  # noqa: S107 — the simulator's well-known token, no secret
        behaviour: Behaviour | None = None,
    ) -> None:
        self.seed = seed
        self.token = token
        self.behaviour = behaviour or Behaviour()
        self.faults = FaultBoard(seed)
        self.requests = RequestLog()
        self.rate_limit = RateLimit(time.monotonic)
        counts: dict[Resource, int] = {
            "students": students,
            "employees": employees,
            "departments": len(UNITS),
        }
        self.rosters = {name: self._roster(name, count) for name, count in counts.items()}
        self.searches = {name: Search(roster) for name, roster in self.rosters.items()}

    def behave(self, behaviour: Behaviour) -> None:
        """Go on as another server or version."""
        self.behaviour = behaviour
        for resource, roster in self.rosters.items():
            roster.invent(self._population(resource))

    def drift(self, resource: Resource, leaving: int, joining: int) -> None:
        """Let people leave from the start of a list, and new ones join there."""
        roster = self.rosters[resource]
        for row in list(roster.rows(0, leaving)):
            roster.remove(row)
        for _ in range(joining):
            roster.add("start")

    def _roster(self, resource: Resource, count: int) -> Roster:
        seating = Seating(count, Order(count, self.seed))
        return Roster(self._population(resource), count, seating, time.time)

    def _population(self, resource: Resource) -> Population:
        return Version(LISTS[resource].population(self.seed, self.behaviour), self.behaviour)
