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

    def __contains__(self, number: int) -> bool:
        return bool(self._words.get(number >> _WORD_BITS, 0) >> (number & _BIT) & 1)

    def add(self, numbers: Iterable[int]) -> int:
        """Return how many of these were new."""
        before = self._count
        for number in numbers:
            if number not in self:
                word = self._words.get(number >> _WORD_BITS, 0)
                self._words[number >> _WORD_BITS] = word | 1 << (number & _BIT)
                self._count += 1
        return self._count - before

    def clear(self) -> None:
        self._words.clear()
        self._count = 0
