"""The requests that the fetcher sends to HEMIS; implemented by the client and by a fake."""

from dataclasses import dataclass
from typing import Protocol

from libs.common.contracts.checkpoints import Scope
from libs.common.contracts.resources import Resource
from services.fetcher.hemis.page import Page


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A request for one page of a list, with filters."""

    resource: Resource
    scope: Scope
    page: int

    def parameters(self) -> dict[str, str]:
        return {"page": str(self.page), "limit": str(self.scope.page_size), **self.scope.filters}


@dataclass(frozen=True, slots=True)
class StudentCard:
    """By what to search for a student of whom only the id is known."""

    id_number: str
    full_name: str


class Hemis(Protocol):
    """HEMIS. One call is one request; callers retry."""

    async def list_page(self, query: ListQuery) -> Page:
        """Request one page of a list.

        Raises:
            HemisError: see its branches.
        """

    async def student_card(self, address: str, hemis_id: int) -> StudentCard | None:
        """Request number and name of a student; None if HEMIS knows no such id.

        Raises:
            HemisError: see its branches.
        """
