"""Progress of a rebuild for people: a bar in a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich import progress as rich_progress
from rich.console import Console

_SECONDS_BETWEEN_LINES = 1.0


class Progress(Protocol):
    """Counts the records to read, and those that are in the shadow tables."""

    def add_total(self, records: int) -> None: ...

    def advance(self, records: int) -> None: ...


@contextmanager
def open_progress(console: Console) -> Iterator[Progress]:
    if not console.is_terminal:
        lines = ProgressLines(lambda line: console.print(line, markup=False, highlight=False))
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
        yield ProgressBar(bars)


class ProgressBar:
    """See ``Progress``."""

    def __init__(self, bars: rich_progress.Progress) -> None:
        self._bars = bars
        self._total = 0
        self._task = bars.add_task("reading", total=None)

    def add_total(self, records: int) -> None:
        self._total += records
        self._bars.update(self._task, total=self._total)

    def advance(self, records: int) -> None:
        self._bars.advance(self._task, records)


class ProgressLines:
    """Writes one line a second, and one at the end."""

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._clock = clock
        self._started_at = self._written_at = clock()
        self._total = self._read = 0

    def add_total(self, records: int) -> None:
        self._total += records

    def advance(self, records: int) -> None:
        self._read += records
        if self._clock() - self._written_at >= _SECONDS_BETWEEN_LINES:
            self._written_at = self._clock()
            seconds_left = max(self._total - self._read, 0) / self._rate()
            self._write(f"{self._summary()}, about {seconds_left:.0f} s left")

    def end(self) -> None:
        self._write(self._summary())

    def _summary(self) -> str:
        return f"read {self._read:,} of {self._total:,} records, {self._rate():,.0f} records/s"

    def _rate(self) -> float:
        return self._read / max(self._clock() - self._started_at, 1e-6) or 1e-6
