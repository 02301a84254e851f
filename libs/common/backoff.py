"""Computes the wait before the next try: exponential, with jitter."""

from random import SystemRandom


class Backoff:
    """Exponential with "equal jitter": half of each wait is fixed, half of it is chance.

    Source: Brooker, Exponential Backoff and Jitter.
    """

    def __init__(self, *, first_seconds: float, longest_seconds: float) -> None:
        self._first = first_seconds
        self._longest = longest_seconds
        self._next = first_seconds
        self._random = SystemRandom()

    def next_seconds(self) -> float:
        wait = self._next
        self._next = min(wait * 2, self._longest)
        return wait / 2 + self._random.uniform(0, wait / 2)

    def reset(self) -> None:
        self._next = self._first
