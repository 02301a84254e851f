"""What a filter asks of an item. Values, so that an answer can be remembered by what was asked."""

from dataclasses import dataclass
from typing import Protocol

from libs.simulator.invented.classifiers import Item

TEACHER = "12"


class Condition(Protocol):
    def fits(self, item: Item) -> bool: ...


Wanted = tuple[Condition, ...]
"""All of these; nothing = every item."""


@dataclass(frozen=True)
class FieldIs:
    """``item[field]``, or ``item[field][part]``, is this text or number."""

    field: str
    part: str | None
    value: str

    def fits(self, item: Item) -> bool:
        found = item.get(self.field)
        if self.part is not None:
            found = found.get(self.part) if isinstance(found, dict) else None
        return found is not None and str(found) == self.value


@dataclass(frozen=True)
class Mentions:
    """The text is somewhere in the name or in the id number, whatever its case."""

    text: str
    number_field: str

    def fits(self, item: Item) -> bool:
        wanted = self.text.casefold()
        found = (item.get("full_name"), item.get(self.number_field))
        return any(isinstance(text, str) and wanted in text.casefold() for text in found)


@dataclass(frozen=True)
class ChangedBetween:
    """Changed in these unix seconds, both included."""

    first: int
    last: int

    def fits(self, item: Item) -> bool:
        changed = item.get("updated_at")
        return isinstance(changed, int) and self.first <= changed <= self.last


@dataclass(frozen=True)
class IsTeacher:
    """``type=teacher`` (or, of no use to it, ``type=employee``: everybody else)."""

    expected: bool

    def fits(self, item: Item) -> bool:
        return FieldIs("employeeType", "code", TEACHER).fits(item) is self.expected
