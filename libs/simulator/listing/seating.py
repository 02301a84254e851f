"""Which row sits where in a list that people join and leave; only the changes are kept."""

from bisect import bisect_left, bisect_right, insort
from typing import Literal

from libs.simulator.listing.order import Order

Row = int
"""A place of the population (0 …), or a raw item (-1 …)."""
End = Literal["start", "end"]


class Seating:
    """The rows of a list, in order: some that joined at the start, the first ones, the joined."""

    def __init__(self, places: int, order: Order) -> None:
        self._places = places
        self._order = order
        self._left: list[int] = []
        self._joined: dict[End, list[Row]] = {"start": [], "end": []}

    def __len__(self) -> int:
        return len(self._joined["start"]) + self._seated + len(self._joined["end"])

    def row(self, rank: int) -> Row:
        """The row at this rank, from 0."""
        start = self._joined["start"]
        if rank < len(start):
            return start[rank]
        rank -= len(start)
        if rank < self._seated:
            return self._order.place_at(self._seat(rank))
        return self._joined["end"][rank - self._seated]

    def holds(self, row: Row) -> bool:
        if 0 <= row < self._places:
            seat = self._order.seat_of(row)
            place = bisect_left(self._left, seat)
            return self._left[place : place + 1] != [seat]
        return any(row in rows for rows in self._joined.values())

    def join(self, row: Row, end: End) -> None:
        rows = self._joined[end]
        rows.insert(0 if end == "start" else len(rows), row)

    def leave(self, row: Row) -> None:
        """Take a row out that is held; those behind it move up."""
        if 0 <= row < self._places:
            insort(self._left, self._order.seat_of(row))
            return
        for rows in self._joined.values():
            rows[:] = [kept for kept in rows if kept != row]

    @property
    def _seated(self) -> int:
        return self._places - len(self._left)

    def _seat(self, rank: int) -> int:
        """The seat of a rank: as much further back as seats before it were left."""
        left = self._left
        return rank + bisect_right(range(len(left)), rank, key=lambda place: left[place] - place)
