"""``hemis sync``, ``hemis cancel``, ``hemis resume``."""

import uuid
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from libs.cli.context import CommandContext, command
from libs.cli.display import open_display
from libs.cli.errors import FAILED, NOT_COMPLETE, OK, CommandFailed, GatewayAway
from libs.cli.follow import reports_until_end
from libs.cli.options import HemisId, IdNumber, WaitSeconds, given, option_names
from libs.cli.progress import Progress, progress_of
from libs.cli.text import summary_lines
from libs.common.contracts.resources import Resource

_Wait = Annotated[bool, typer.Option("--wait", help="Wait until the sync has ended")]
_Incremental = Annotated[
    bool, typer.Option("--incremental", help="Only what changed since the last complete sync")
]
_IdempotencyKey = Annotated[
    str | None, typer.Option(help="The same key again starts no second sync", metavar="KEY")
]
_Sync = Annotated[
    str, typer.Argument(help="A sync id, or a list such as students: its newest sync")
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(rich_markup_mode=None)
    app.add_typer(group, name="sync", help="Start a sync of a whole list, or of one person")
    for resource in Resource:
        _register_full_sync(group, resource)
    command(group, "student")(sync_student)
    command(group, "employee")(sync_employee)
    command(app)(cancel)
    command(app)(resume)


def _register_full_sync(group: typer.Typer, resource: Resource) -> None:
    def sync(
        context: CommandContext,
        *,
        wait: _Wait = False,
        incremental: _Incremental = False,
        idempotency_key: _IdempotencyKey = None,
    ) -> int:
        mode = "incremental" if incremental else None
        key = idempotency_key or str(uuid.uuid4())
        try:
            accepted = context.gateway.post(f"/api/hemis/sync/{resource}", key=key, mode=mode)
        except GatewayAway as error:
            if "status" in error.problem:
                error.problem["advice"] = (
                    f"run the command again with --idempotency-key {key}: it starts no second sync"
                )
            raise
        return follow(context, accepted) if wait else _show_accepted(context, accepted)

    sync.__doc__ = f"Sync all {resource}."
    command(group, str(resource))(sync)


def sync_student(
    context: CommandContext,
    *,
    student_id_number: IdNumber = None,
    hemis_id: HemisId = None,
    wait: WaitSeconds = 10,
) -> int:
    """Sync one student and show what happened to the row."""
    person = {"hemis_id": hemis_id, "student_id_number": student_id_number}
    return _sync_person(context, "student", person, wait)


def sync_employee(
    context: CommandContext,
    *,
    employee_id_number: IdNumber = None,
    hemis_id: HemisId = None,
    wait: WaitSeconds = 10,
) -> int:
    """Sync one employee with all positions and show what happened to the rows."""
    person = {"hemis_id": hemis_id, "employee_id_number": employee_id_number}
    return _sync_person(context, "employee", person, wait)


def _sync_person(
    context: CommandContext, kind: str, person: Mapping[str, object], wait: float
) -> int:
    named = given(person)
    if not named:
        raise typer.BadParameter(f"Name the {kind}: {option_names(person)}")
    answer = context.gateway.post(f"/api/hemis/sync/{kind}", named, wait=wait)
    if "outcome" not in answer:
        return _show_accepted(context, answer)
    context.show(answer, [f"{kind} {answer['hemisId']}: {answer['outcome']}"])
    return FAILED if answer["outcome"] == "rejected" else OK


def cancel(context: CommandContext, sync: _Sync) -> int:
    """Stop a sync; it can be resumed for 24 hours."""
    sync_id = _sync_id(context, sync)
    return _show_accepted(context, context.gateway.post(f"/api/hemis/syncs/{sync_id}/cancel"))


def resume(context: CommandContext, sync: _Sync, *, wait: _Wait = False) -> int:
    """Continue a failed or cancelled sync from where it stopped."""
    accepted = context.gateway.post(f"/api/hemis/syncs/{_sync_id(context, sync)}/resume")
    return follow(context, accepted) if wait else _show_accepted(context, accepted)


def _sync_id(context: CommandContext, sync: str) -> str:
    if sync not in list(Resource):
        return sync
    sync_id = context.gateway.get(f"/api/hemis/progress/{sync}")["syncId"]
    if sync_id is None:
        raise CommandFailed("never_synced", f"No sync of {sync} has run yet.")
    return str(sync_id)


def _show_accepted(context: CommandContext, accepted: Mapping[str, Any]) -> int:
    context.show(accepted, [str(accepted["message"]), f"sync {accepted['syncId']}"])
    if not context.as_json:
        context.note(f"hemis history {accepted['syncId']} shows its progress and report")
    return OK


def follow(context: CommandContext, accepted: Mapping[str, Any]) -> int:
    """Show the progress until the sync has ended; return its exit code."""
    resource = Resource(accepted["resource"])
    report: dict[str, Any] = {}
    reports = reports_until_end(context.gateway, accepted["syncId"])
    if context.as_json:
        *_, report = reports
    else:
        with open_display(context.console, [resource]) as display:
            for report in reports:
                display.show(resource, progress_of(report))
    end = progress_of(report)
    context.show(report, summary_lines(resource, end))
    return exit_code_of(end)


def exit_code_of(end: Progress) -> int:
    """0: completed and complete; 65: completed but not complete; 1: failed or cancelled."""
    if end.status != "completed":
        return FAILED
    return OK if end.complete else NOT_COMPLETE
