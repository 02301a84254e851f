"""``hemis progress``, ``hemis history``, ``hemis schedule``."""

from typing import Annotated

import typer

from libs.cli.commands.syncs import follow
from libs.cli.context import CommandContext, command
from libs.cli.errors import OK
from libs.cli.options import Before, Limit
from libs.cli.text import history_lines, progress_lines, report_lines, schedule_lines
from libs.common.contracts.resources import SCHEDULED, Resource

_Resource = Annotated[
    Resource | None, typer.Argument(help=f"One list; without it: {', '.join(SCHEDULED)}")
]
_Follow = Annotated[bool, typer.Option("--follow", "-f", help="Wait until the sync has ended")]
_ListOrSync = Annotated[
    str | None,
    typer.Argument(help="A list such as students, or the id of one sync", metavar="[LIST|SYNC_ID]"),
]
_Status = Annotated[str | None, typer.Option(help="Only with this status, such as failed")]


def register(app: typer.Typer) -> None:
    for function in (progress, history, schedule):
        command(app)(function)


def progress(context: CommandContext, resource: _Resource = None, *, wait: _Follow = False) -> int:
    """Show the progress of the newest sync of each list."""
    if wait and resource is None:
        raise typer.BadParameter("--follow needs a list: hemis progress students --follow")
    resources = SCHEDULED if resource is None else (resource,)
    found = {one: context.gateway.get(f"/api/hemis/progress/{one}") for one in resources}
    newest = found[resource] if resource is not None else {}
    if wait and newest["syncId"] is not None:
        return follow(context, {"resource": resource, "syncId": newest["syncId"]})
    lines = [line for one, answer in found.items() for line in progress_lines(one, answer)]
    context.show(newest or found, lines)
    return OK


def history(
    context: CommandContext,
    list_or_sync: _ListOrSync = None,
    *,
    status: _Status = None,
    limit: Limit = 20,
    before: Before = None,
) -> int:
    """Show past syncs, newest first; or one sync with its report."""
    if list_or_sync is not None and list_or_sync not in list(Resource):
        report = context.gateway.get(f"/api/hemis/syncs/{list_or_sync}")
        context.show(report, report_lines(report))
        return OK
    query = {"resource": list_or_sync, "status": status, "limit": limit, "before": before}
    answer = context.gateway.get("/api/hemis/syncs", **query)
    context.show_list(answer, history_lines(answer["items"]))
    return OK


def schedule(context: CommandContext) -> int:
    """Show when scheduled syncs start."""
    answer = context.gateway.get("/api/hemis/schedule")
    context.show(answer, schedule_lines(answer))
    return OK
