"""Handles the signals that ask a process to stop; only the first one counts."""

import asyncio
import signal
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager


@contextmanager
def at_first_signal(numbers: Collection[signal.Signals], act: Callable[[], None]) -> Iterator[None]:
    """Call ``act`` in the running loop at the first of these signals, and ignore later ones.

    The handlers of asyncio end with the loop, before the process. A second signal in between would
    kill a process that is stopping, and change its exit code.

    Raises:
        ValueError: this is not the main thread, which alone may set signal handlers.
    """
    loop = asyncio.get_running_loop()

    def handle(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        loop.call_soon_threadsafe(act)

    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, handler)
