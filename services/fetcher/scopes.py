"""What a sync asks HEMIS for, from the settings; taken into the checkpoint when it begins. Pure."""

from dataclasses import dataclass

from libs.common.contracts.checkpoints import Scope
from libs.common.contracts.resources import Resource

LARGEST_PAGE = 200
_ALL_STATUSES = "-1"
_ALL_TYPES = "all"


@dataclass(frozen=True, slots=True)
class Scopes:
    """The filters of each resource. An empty student status is HEMIS's own default."""

    address: str
    page_size: int
    student_status: str
    employee_type: str
    language: str

    def full(self, resource: Resource) -> Scope:
        """Name what a sync of the whole resource asks for."""
        return self._scope(resource, self.page_size, self.student_status, self.employee_type)

    def single(self, resource: Resource) -> Scope:
        """Name what the search for one person asks for: nobody is left out."""
        return self._scope(resource, LARGEST_PAGE, _ALL_STATUSES, _ALL_TYPES)

    def _scope(self, resource: Resource, page_size: int, status: str, kind: str) -> Scope:
        filters = {
            Resource.STUDENTS: {"_student_status": status},
            Resource.EMPLOYEES: {"type": kind},
        }.get(resource, {}) | {"l": self.language}
        chosen = {name: value for name, value in filters.items() if value}
        return Scope(page_size=page_size, filters=chosen, address=self.address)
