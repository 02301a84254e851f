"""What the fetcher asks of HEMIS. Two implementations: the real client, and one in the tests."""

from dataclasses import dataclass, field
from typing import Protocol

from libs.common.contracts.checkpoints import Scope
from libs.common.contracts.resources import Resource
from services.fetcher.hemis.page import Page


@dataclass(frozen=True, slots=True)
class ListQuery:
    """One page of one list, with the filters it is asked with."""

    resource: Resource
    address: str
    page: int
    page_size: int
    filters: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, resource: Resource, scope: Scope, page: int) -> "ListQuery":
        return cls(resource, scope.address, page, scope.page_size, scope.filters)

    def parameters(self) -> dict[str, str]:
        return {"page": str(self.page), "limit": str(self.page_size), **self.filters}


@dataclass(frozen=True, slots=True)
class StudentCard:
    """What the search needs to find a student of whom only the id is known."""

    id_number: str
    full_name: str


class Hemis(Protocol):
    """HEMIS, one request a call: nothing is tried again in here."""

    async def list_page(self, query: ListQuery) -> Page:
        """Ask for one page of a list.

        Raises:
            HemisError: see its branches.
        """

    async def student_card(self, address: str, hemis_id: int) -> StudentCard | None:
        """Ask for number and name of a student; None where HEMIS knows no such id.

        Raises:
            HemisError: see its branches.
        """
