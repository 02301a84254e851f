import time

from libs.common.clock import Clock, SystemClock


def test_the_systems_clock_counts_unix_milliseconds() -> None:
    clock: Clock = SystemClock()

    assert abs(clock.now_ms() - time.time() * 1000) < 1_000


def test_durations_never_go_back() -> None:
    clock: Clock = SystemClock()

    assert clock.monotonic() <= clock.monotonic()
