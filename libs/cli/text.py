"""Turns answers of the gateway into lines for people, about 80 columns wide. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

from rich.text import Text

from libs.cli.progress import Progress, progress_of
from libs.common.contracts.resources import Resource
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
_EFFECTS = ("inserted", "updated", "unchanged", "rejected")
_SHOWN_DETAILS = (
    *("kind", "mode", "trigger", "requestedBy", "attempt", "totalPages", "totalRecords"),
    *("fetchedRecords", "processedRecords", *_EFFECTS),
    *("missing", "suppressed", "retries", "failedPages", "note"),
)


def local_time(milliseconds: int | None) -> str:
    """Format a time in the time zone of this machine."""
    if milliseconds is None:
        return "not started"
    return f"{moment(milliseconds).astimezone():%Y-%m-%d %H:%M}"


def progress_lines(resource: str, answer: Answer) -> Iterator[Text]:
    progress = progress_of(answer)
    counts = f"{progress.processed_records:,} of {progress.total_records:,}"
    line = Text(f"{resource:<11} ").append(_status_text(progress)).append(f"  {counts}")
    if answer.get("etaSeconds") is not None:
        line.append(f", about {_duration(answer['etaSeconds'])} left")
    yield line
    yield Text(f"  {progress.message}")
    yield from map(Text, _error_lines(progress, "add --json"))


def history_lines(items: Iterable[Answer]) -> Iterator[Text]:
    """Give two lines for each sync: the result, and the sync id."""
    return lines_or(map(_sync_lines, items), "No sync matches.")


def _sync_lines(item: Answer) -> Iterator[Text]:
    progress = progress_of(item)
    started = local_time(item.get("startTime") or item.get("requestedTime"))
    line = Text(f"{started:<16}  {item['resource']:<11} ").append(_status_text(progress))
    duration = _duration(progress.duration_seconds or 0)
    yield line.append(f"  {progress.processed_records:,} in {duration}")
    yield Text(f"  {progress.sync_id}", style="dim")


def report_lines(report: Answer) -> Iterator[Text]:
    yield from _sync_lines(report)
    yield Text(f"  {report['message']}")
    for name in _SHOWN_DETAILS:
        if report.get(name) not in (None, "", []):
            yield Text(f"  {name:<17} {report[name]}")
    progress = progress_of(report)
    yield from map(Text, _field_change_lines(progress))
    yield from map(Text, _error_lines(progress, "add --json"))


def dead_letter_lines(items: Iterable[Answer]) -> Iterator[Text]:
    return lines_or(map(_dead_letter_lines, items), "No dead letter matches.")


def _dead_letter_lines(item: Answer) -> Iterator[Text]:
    line = Text(item["id"], style="bold")
    line.append(f"  {item['resource']} {item['key'] or 'without an id'}", style="")
    yield line.append(f"  {local_time(item['buriedAt'])}  {item['state']}")
    yield Text(f"  {item['code']}: {item['reason']}")


def schedule_lines(answer: Answer) -> Iterator[Text]:
    if answer["cron"] is None:
        yield Text("No schedule: HEMIS_SYNC_CRON is empty. Syncs start only on request.")
        return
    yield Text(f"{answer['cron']} ({answer['timezone']}): {answer['words']}")
    for run in answer["next"]:
        yield Text(f"  next  {run['local']}   {run['utc']}")
    for tick in answer["ticks"]:
        outcome = tick["status"] or f"{tick['outcome']}: {tick['reason']}"
        late = f", {tick['lateSeconds']} s late" if tick["lateSeconds"] else ""
        yield Text(f"  last  {tick['local']}   {tick['resource']}  {outcome}{late}")


def summary_lines(resource: Resource, end: Progress) -> list[str]:
    """Sum up an ended sync: the result, the first errors, and the fields that HEMIS changed."""
    errors = _error_lines(end, f"see /api/hemis/progress/{resource}")
    return [_result_line(resource, end), *errors, *_field_change_lines(end)]


def lines_or(entries: Iterable[Iterable[Text]], nothing_found: str) -> Iterator[Text]:
    """Yield the lines of all entries; without an entry, yield the sentence ``nothing_found``."""
    lines = chain.from_iterable(entries)
    yield next(lines, Text(nothing_found))
    yield from lines


def _status_text(progress: Progress) -> Text:
    text = progress.status
    if text == "completed":
        text += " and complete" if progress.complete else ", NOT complete"
    return Text(text, style=_STYLES.get(progress.status, ""))


def _result_line(resource: Resource, end: Progress) -> str:
    effects = ", ".join(f"{getattr(end, effect):,} {effect}" for effect in _EFFECTS)
    return (
        f"{resource:<11} {end.status}{_completeness(end)} in {end.duration_seconds or 0:.1f} s: "
        f"{end.processed_records:,} records ({effects}), {len(end.errors)} errors"
    )


def _completeness(end: Progress) -> str:
    if end.status != "completed":
        return f" ({end.message})"
    return " and complete" if end.complete else f", not complete ({end.missing} missing)"


def _error_lines(progress: Progress, where_all_are: str) -> Iterator[str]:
    for error in progress.errors[:_SHOWN_ERRORS]:
        yield f"  ! {error}"
    if len(progress.errors) > _SHOWN_ERRORS:
        yield f"  … and {len(progress.errors) - _SHOWN_ERRORS} more: {where_all_are}"


def _field_change_lines(progress: Progress) -> Iterator[str]:
    retyped = [f"{name} ({types})" for name, types in progress.retyped_fields.items()]
    changes = {
        "added": progress.added_fields,
        "dropped": progress.dropped_fields,
        "retyped": retyped,
    }
    for change, names in changes.items():
        if names:
            yield f"  fields {change} by HEMIS: {', '.join(names)}"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
