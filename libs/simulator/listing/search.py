"""The rows a request asks for: looked up where a number or an id is whole, else scanned once."""

from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache

from libs.simulator.listing.conditions import Condition, FieldIs, Mentions, Wanted
from libs.simulator.listing.roster import Roster
from libs.simulator.listing.seating import Row

_REMEMBERED = 8


class Search:
    """Answers over one roster; the last few scans are remembered until the roster changes."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._scans = lru_cache(maxsize=_REMEMBERED)(self._scan)

    def total(self, wanted: Wanted) -> int:
        return len(self._found(wanted)) if wanted else len(self._roster)

    def rows(self, wanted: Wanted, start: int, size: int) -> Iterable[Row]:
        if not wanted:
            return self._roster.rows(start, start + size)
        return self._found(wanted)[start : start + size]

    def _found(self, wanted: Wanted) -> Sequence[Row]:
        few = next((rows for rows in map(self._looked_up, wanted) if rows is not None), None)
        if few is None:
            return self._scans(self._roster.version, wanted)
        # Not remembered: it costs little, and would push the scans out.
        return self._fitting(few, wanted)

    def _scan(self, _version: int, wanted: Wanted) -> Sequence[Row]:
        return self._fitting(self._roster.rows(0, len(self._roster)), wanted)

    def _fitting(self, rows: Iterable[Row], wanted: Wanted) -> Sequence[Row]:
        # 8 bytes a row, so that even a million matches are remembered cheaply.
        return array("q", (row for row in rows if self._fits(row, wanted)))

    def _fits(self, row: Row, wanted: Wanted) -> bool:
        item = self._roster.item(row)
        return all(condition.fits(item) for condition in wanted)

    def _looked_up(self, condition: Condition) -> list[Row] | None:
        """The few rows that can fit, for a condition that names one person; None for others."""
        match condition:
            case Mentions(text=number):
                return self._roster.with_number(number)
            case FieldIs(field="student_id_number", value=number):
                found = self._roster.with_number(number)
                return self._roster.touched() if found is None else found
            case FieldIs(field="id", part=None, value=hemis_id):
                return self._roster.with_id(int(hemis_id)) if hemis_id.isdecimal() else []
            case _:
                return None
