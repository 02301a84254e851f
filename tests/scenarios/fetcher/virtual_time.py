"""An event loop whose clock jumps to the next timer as soon as nothing else is to do."""

import asyncio
import selectors

from typing_extensions import override

START_MS = 1_700_000_000_000


class _JumpingSelector(selectors.SelectSelector):
    """Waits for nothing: where a real one would sleep, it moves the clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing will ever happen: every task waits for another")
        if not ready:
            self.now += timeout or 0.0
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._virtual = _JumpingSelector()
        super().__init__(self._virtual)

    @override
    def time(self) -> float:
        return self._virtual.now


class VirtualClock:
    """See ``Clock``; tells the loop's time, and lets a test set the wall clock."""

    def __init__(self) -> None:
        self.ahead_ms = 0

    def now_ms(self) -> int:
        return START_MS + self.ahead_ms + int(self.monotonic() * 1000)

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()
