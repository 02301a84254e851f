"""Who is in a list now, and what is sent for each: invented people, and what was changed since."""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import msgspec

from libs.simulator.invented.classifiers import Item
from libs.simulator.invented.oddities import patched
from libs.simulator.listing.changes import Patch, UnknownRecord, decoded, stamped
from libs.simulator.listing.seating import End, Row, Seating


class Population(Protocol):
    def item(self, n: int) -> Item: ...
    def with_id(self, hemis_id: int) -> list[int]: ...
    def with_number(self, number: str) -> list[int]: ...


class Roster:
    """A list that can be changed at run time; ``version`` tells that it was."""

    def __init__(
        self, population: Population, places: int, seating: Seating, clock: Callable[[], float]
    ) -> None:
        self.version = 0
        self._population = population
        self._next_place = places
        self._seating = seating
        self._clock = clock
        self._patches: dict[Row, Patch] = {}
        self._raw: list[bytes] = []

    def __len__(self) -> int:
        return len(self._seating)

    def rows(self, start: int, stop: int) -> Iterator[Row]:
        return map(self._seating.row, range(start, min(stop, len(self))))

    def body(self, row: Row) -> msgspec.Raw:
        """The item's bytes, the same at every call until it is changed."""
        if row < 0:
            return msgspec.Raw(self._raw[-row - 1])
        return msgspec.Raw(msgspec.json.encode(self.item(row)))

    def item(self, row: Row) -> Item:
        """The item as filters see it."""
        if row < 0:
            return decoded(self._raw[-row - 1])
        return patched(self._population.item(row), self._patches.get(row, {}))

    def with_id(self, hemis_id: int) -> list[Row]:
        """The few rows that can have this id."""
        return self.touched(self._population.with_id(hemis_id))

    def with_number(self, number: str) -> list[Row] | None:
        """The few rows that can have this id number; None where it is not a whole one."""
        places = self._population.with_number(number)
        return self.touched(places) if places else None

    def find(self, key: str) -> list[Row]:
        """Rows of ``50421``, or of one position, ``1826:2600``.

        Raises:
            UnknownRecord: nobody invented who is present has it.
        """
        hemis_id, _, meta_id = key.partition(":")
        places = self._population.with_id(int(hemis_id)) if hemis_id.isdecimal() else []
        rows = [row for row in places if self._seating.holds(row)]
        found = [row for row in rows if meta_id in {"", str(self.item(row).get("meta_id"))}]
        if not found:
            raise UnknownRecord(key)
        return found

    def change(self, row: Row, patch: Patch) -> None:
        known = self._patches.get(row, {})
        self._patches[row] = known | stamped(self.item(row), patch, self._now())
        self.version += 1

    def remove(self, row: Row) -> None:
        self._seating.leave(row)
        self._patches.pop(row, None)
        self.version += 1

    def add(self, end: End) -> None:
        """One more invented person (or position), the next of the population, made just now."""
        self._seating.join(self._next_place, end)
        self._patches[self._next_place] = stamped(self.item(self._next_place), {}, self._now())
        self._next_place += 1
        self.version += 1

    def insert(self, text: bytes, end: End) -> None:
        """Anything that is to stand between the items, as it is."""
        self._raw.append(text)
        self._seating.join(-len(self._raw), end)
        self.version += 1

    def invent(self, population: Population) -> None:
        """Go on with the same people as another version of HEMIS would send them."""
        self._population = population
        self.version += 1

    def _now(self) -> int:
        return int(self._clock())

    def touched(self, places: Sequence[int] = ()) -> list[Row]:
        """The present ones of these, and every row whose content may differ from its place's."""
        raw = range(-len(self._raw), 0)
        rows = dict.fromkeys((*places, *self._patches, *raw))
        return [row for row in rows if self._seating.holds(row)]
