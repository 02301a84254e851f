"""Progress for people: a bar in a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich import progress as rich_progress
from rich.console import Console

_SECONDS_BETWEEN_LINES = 1.0


class Progress(Protocol):
    """Hears how many records there are, and of each that is in the shadow tables."""

    def found(self, records: int) -> None: ...

    def passed(self, records: int) -> None: ...


@contextmanager
def open_progress(console: Console) -> Iterator[Progress]:
    if not console.is_terminal:
        lines = Lines(lambda line: console.print(line, markup=False, highlight=False))
        yield lines
        lines.end()
        return
    columns = (
        rich_progress.TextColumn("reading"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TextColumn("{task.speed:,.0f} records/s"),
        rich_progress.TimeRemainingColumn(),
    )
    with rich_progress.Progress(*columns, console=console) as bars:
        yield Bar(bars)


class Bar:
    def __init__(self, bars: rich_progress.Progress) -> None:
        self._bars = bars
        self._total = 0
        self._task = bars.add_task("reading", total=None)

    def found(self, records: int) -> None:
        self._total += records
        self._bars.update(self._task, total=self._total)

    def passed(self, records: int) -> None:
        self._bars.advance(self._task, records)


class Lines:
    """A line a second, and one at the end."""

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._clock = clock
        self._begun = self._written_at = clock()
        self._found = self._passed = 0

    def found(self, records: int) -> None:
        self._found += records

    def passed(self, records: int) -> None:
        self._passed += records
        if self._clock() - self._written_at >= _SECONDS_BETWEEN_LINES:
            self._written_at = self._clock()
            left = max(self._found - self._passed, 0) / self._rate()
            self._write(f"{self._counted()}, about {left:.0f} s left")

    def end(self) -> None:
        self._write(self._counted())

    def _counted(self) -> str:
        return f"read {self._passed:,} of {self._found:,} records, {self._rate():,.0f} records/s"

    def _rate(self) -> float:
        return self._passed / max(self._clock() - self._begun, 1e-6) or 1e-6
