"""What people read: answers of the gateway in lines of at most 80 columns or so. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.text import Text

from libs.cli.follow import shown
from libs.cli.progress import Progress
from libs.cli.summary import drift_lines
from libs.common.contracts.times import moment

Answer = Mapping[str, Any]

_STYLES = {
    "completed": "green",
    "running": "cyan",
    "failed": "bold red",
    "stalled": "bold yellow",
    "cancelled": "yellow",
}
_SHOWN_ERRORS = 5
_SHOWN_DETAILS = (
    *("kind", "mode", "trigger", "requestedBy", "attempt", "totalPages", "totalRecords"),
    *("fetchedRecords", "processedRecords", "inserted", "updated", "unchanged", "rejected"),
    *("missing", "suppressed", "retries", "failedPages", "note"),
)


def when(milliseconds: int | None) -> str:
    """Give a time as this machine's clock shows it."""
    if milliseconds is None:
        return "not begun"
    return f"{moment(milliseconds).astimezone():%Y-%m-%d %H:%M}"


def progress_lines(resource: str, answer: Answer) -> Iterator[Text]:
    progress = shown(answer)
    counted = f"{progress.processed_records:,} of {progress.total_records:,}"
    line = Text(f"{resource:<11} ").append(status_of(progress)).append(f"  {counted}")
    if answer.get("etaSeconds") is not None:
        line.append(f", about {_duration(answer['etaSeconds'])} left")
    yield line
    yield Text(f"  {progress.message}")
    yield from _errors(progress)


def history_lines(items: Iterable[Answer]) -> Iterator[Text]:
    """Two lines a sync: what came of it, and its id."""
    none = True
    for item in items:
        none = False
        progress = shown(item)
        records = f"{progress.processed_records:,}"
        begun = item.get("startTime") or item.get("requestedTime")
        yield (
            Text(f"{when(begun):<16}  {item['resource']:<11} ")
            .append(status_of(progress))
            .append(f"  {records} in {_duration(progress.duration_seconds or 0)}")
        )
        yield Text(f"  {progress.sync_id}", style="dim")
    if none:
        yield Text("No sync matches.")


def report_lines(report: Answer) -> Iterator[Text]:
    yield from history_lines([report])
    yield Text(f"  {report['message']}")
    for name in _SHOWN_DETAILS:
        if report.get(name) not in (None, "", []):
            yield Text(f"  {name:<17} {report[name]}")
    yield from map(Text, drift_lines(shown(report)))
    yield from _errors(shown(report))


def letter_lines(items: Iterable[Answer]) -> Iterator[Text]:
    none = True
    for item in items:
        none = False
        key = item["key"] or "without an id"
        line = Text(item["id"], style="bold").append(f"  {item['resource']} {key}", style="")
        yield line.append(f"  {when(item['buriedAt'])}  {item['state']}")
        yield Text(f"  {item['code']}: {item['reason']}")
    if none:
        yield Text("No dead letter matches.")


def schedule_lines(answer: Answer) -> Iterator[Text]:
    if answer["cron"] is None:
        yield Text("No schedule: HEMIS_SYNC_CRON is empty, syncs start when somebody asks.")
        return
    yield Text(f"{answer['cron']} ({answer['timezone']}): {answer['words']}")
    for run in answer["next"]:
        yield Text(f"  next  {run['local']}   {run['utc']}")
    for tick in answer["ticks"]:
        came = tick["status"] or f"{tick['outcome']}: {tick['reason']}"
        late = f", {tick['lateSeconds']} s late" if tick["lateSeconds"] else ""
        yield Text(f"  last  {tick['local']}   {tick['resource']}  {came}{late}")


def status_of(progress: Progress) -> Text:
    text = progress.status
    if text == "completed":
        text += " and complete" if progress.complete else ", NOT complete"
    return Text(text, style=_STYLES.get(progress.status, ""))


def _errors(progress: Progress) -> Iterator[Text]:
    for error in progress.errors[:_SHOWN_ERRORS]:
        yield Text(f"  ! {error}")
    if len(progress.errors) > _SHOWN_ERRORS:
        yield Text(f"  … and {len(progress.errors) - _SHOWN_ERRORS} more: add --json")


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
