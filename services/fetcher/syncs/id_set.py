"""A set of large numbers that needs little memory. Pure."""

from collections.abc import Iterable

_WORD_BITS = 6
_BIT = (1 << _WORD_BITS) - 1


class IdSet:
    """A set of numbers. Close numbers, like HEMIS's ids, need a few bytes each instead of 70."""

    def __init__(self) -> None:
        self._words: dict[int, int] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __contains__(self, mark: int) -> bool:
        return bool(self._words.get(mark >> _WORD_BITS, 0) >> (mark & _BIT) & 1)

    def add(self, marks: Iterable[int]) -> int:
        """Return how many of these were new."""
        before = self._count
        for mark in marks:
            if mark not in self:
                word = self._words.get(mark >> _WORD_BITS, 0)
                self._words[mark >> _WORD_BITS] = word | 1 << (mark & _BIT)
                self._count += 1
        return self._count - before

    def clear(self) -> None:
        self._words.clear()
        self._count = 0
