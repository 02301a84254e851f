import time

from libs.common.clock import Clock, SystemClock


def test_the_system_clock_returns_unix_milliseconds() -> None:
    clock: Clock = SystemClock()

    assert abs(clock.now_ms() - time.time() * 1000) < 1_000


def test_monotonic_time_never_decreases() -> None:
    clock: Clock = SystemClock()

    assert clock.monotonic() <= clock.monotonic()
