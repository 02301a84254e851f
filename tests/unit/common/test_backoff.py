"""Waits grow, end growing, and differ."""

from libs.common.backoff import Backoff


def test_waits_double_up_to_the_longest_and_each_is_at_least_half_of_it() -> None:
    backoff = Backoff(first_seconds=1, longest_seconds=5)

    waits = [backoff.next_seconds() for _ in range(6)]

    for wait, most in zip(waits, (1, 2, 4, 5, 5, 5), strict=True):
        assert most / 2 <= wait <= most


def test_two_backoffs_wait_for_different_times() -> None:
    one, other = (Backoff(first_seconds=1, longest_seconds=5) for _ in range(2))

    assert [one.next_seconds() for _ in range(3)] != [other.next_seconds() for _ in range(3)]


def test_after_a_success_waits_are_short_again() -> None:
    backoff = Backoff(first_seconds=1, longest_seconds=64)
    for _ in range(6):
        backoff.next_seconds()

    backoff.reset()

    assert backoff.next_seconds() <= 1
