"""Shows the progress of syncs: bars in a terminal, plain lines elsewhere."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from rich import progress as rich_progress
from rich.console import Console
from rich.markup import escape

from libs.cli.progress import Progress
from libs.common.contracts.resources import SCHEDULED, Resource

_SECONDS_BETWEEN_LINES = 1.0


class Display(Protocol):
    def show(self, resource: Resource, progress: Progress) -> None: ...


@contextmanager
def open_display(console: Console, resources: Sequence[Resource] = SCHEDULED) -> Iterator[Display]:
    if not console.is_terminal:
        yield Lines(lambda line: console.print(line, markup=False, highlight=False, soft_wrap=True))
        return
    columns = (
        rich_progress.TextColumn("{task.description:<11}"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TextColumn("{task.fields[message]}"),
    )
    with rich_progress.Progress(*columns, console=console) as bars:
        yield Bars(bars, resources)


class Bars:
    def __init__(self, bars: rich_progress.Progress, resources: Sequence[Resource]) -> None:
        self._bars = bars
        self._tasks = {
            resource: bars.add_task(resource, total=None, message="") for resource in resources
        }

    def show(self, resource: Resource, progress: Progress) -> None:
        self._bars.update(
            self._tasks[resource],
            total=progress.total_records or None,
            completed=progress.processed_records,
            message=escape(progress.message),
        )


class Lines:
    """Writes a line when the progress changes: at most one a second for a resource.

    The line of an ended sync is always written.
    """

    def __init__(
        self, write: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._write = write
        self._clock = clock
        self._last: dict[Resource, tuple[str, float]] = {}

    def show(self, resource: Resource, progress: Progress) -> None:
        counts = f"{progress.processed_records}/{progress.total_records}"
        line = f"{resource:<11} {counts:>13}  {progress.status}: {progress.message}"
        last, written_at = self._last.get(resource, ("", float("-inf")))
        too_soon = self._clock() - written_at < _SECONDS_BETWEEN_LINES and not progress.ended
        if line == last or too_soon:
            return
        self._write(line)
        self._last[resource] = (line, self._clock())
