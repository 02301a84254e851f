"""A listing order that is not that of the ids, without a list: an affine permutation of places."""

from itertools import count
from math import gcd

_GOLDEN = 0.618


class Order:
    """Seats of the listing ↔ places of the population, both counted from 0."""

    def __init__(self, places: int, seed: int) -> None:
        self._places = max(places, 1)
        first_step = int(self._places * _GOLDEN) + 1
        self._step = next(step for step in count(first_step) if gcd(step, self._places) == 1)
        self._shift = seed % self._places
        self._inverse = pow(self._step, -1, self._places)

    def place_at(self, seat: int) -> int:
        return (seat * self._step + self._shift) % self._places

    def seat_of(self, place: int) -> int:
        return (place - self._shift) * self._inverse % self._places
