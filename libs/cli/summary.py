"""What a sync did: a line, and the first of its errors."""

from libs.cli.progress import Progress
from libs.common.contracts.resources import Resource

_SHOWN_ERRORS = 5


def summary(resource: Resource, end: Progress) -> list[str]:
    errors = [f"  {error}" for error in end.errors[:_SHOWN_ERRORS]]
    hidden = len(end.errors) - _SHOWN_ERRORS
    more = [f"  … and {hidden} more at /api/hemis/progress/{resource}"] if hidden > 0 else []
    return [_outcome(resource, end), *errors, *more, *drift_lines(end)]


def drift_lines(end: Progress) -> list[str]:
    """Say which fields HEMIS changed since the complete full syncs before."""
    retyped = [f"{name} ({types})" for name, types in end.retyped_fields.items()]
    changes = {"added": end.added_fields, "dropped": end.dropped_fields, "retyped": retyped}
    return [
        f"  fields {change} by HEMIS: {', '.join(names)}"
        for change, names in changes.items()
        if names
    ]


def _outcome(resource: Resource, end: Progress) -> str:
    effects = ", ".join(
        f"{getattr(end, effect):,} {effect}"
        for effect in ("inserted", "updated", "unchanged", "rejected")
    )
    return (
        f"{resource:<10} {end.status}{_completeness(end)} in {end.duration_seconds or 0:.1f} s: "
        f"{end.processed_records:,} records ({effects}), {len(end.errors)} errors"
    )


def _completeness(end: Progress) -> str:
    if end.status != "completed":
        return f" ({end.message})"
    return " and complete" if end.complete else f", not complete ({end.missing} missing)"
