"""The signals that ask a process to stop: the first one counts."""

import asyncio
import signal
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager


@contextmanager
def at_first_signal(numbers: Collection[signal.Signals], act: Callable[[], None]) -> Iterator[None]:
    """Call ``act`` in the running loop at the first of these signals; ignore all that follow.

    The loop's own handlers go with the loop, before the process does: a second signal between
    the two would kill a process that stopped as it was asked, and its exit code would say so.

    Raises:
        ValueError: not in the main thread, the only one that may set handlers (``signal``).
    """
    loop = asyncio.get_running_loop()

    def told(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        loop.call_soon_threadsafe(act)

    before = {number: signal.signal(number, told) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is told:
                signal.signal(number, handler)
