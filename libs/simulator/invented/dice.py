"""Chance that repeats: the same seed, kind and number throw the same dice for ever."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")

# Enough for one item; the longest one throws about 100 bytes.
_BYTES = 256
_PERCENT = 100


class Dice:
    """The throws of one invented thing, in the order they are asked for."""

    def __init__(self, seed: int, kind: str, n: int) -> None:
        self._bytes = hashlib.shake_128(f"{seed}/{kind}/{n}".encode()).digest(_BYTES)
        self._place = 0

    def number(self, limit: int) -> int:
        """0 to ``limit`` - 1, where ``limit`` is far below 2³²."""
        return int.from_bytes(self._take(4), "big") % limit

    def pick(self, choices: Sequence[T]) -> T:
        """One of at most 256 choices (a hundred of ``weighted`` ones)."""
        return choices[self._take(1)[0] % len(choices)]

    def one_in(self, chances: int) -> bool:
        return self.number(chances) == 0

    def hex(self, size: int) -> str:
        return self._take(size).hex()

    def _take(self, size: int) -> bytes:
        start = self._place
        self._place = start + size
        return self._bytes[start : self._place]


def weighted(percent: Mapping[T, int]) -> tuple[T, ...]:
    """A hundred choices for ``Dice.pick``, each as often as its percentage says."""
    choices = tuple(choice for choice, times in percent.items() for _ in range(times))
    if len(choices) != _PERCENT:
        raise ValueError(f"{len(choices)} per cent")
    return choices
