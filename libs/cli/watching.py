"""``hemis progress``, ``hemis history``, ``hemis schedule``."""

from typing import Annotated

import typer

from libs.cli.desk import Desk, command
from libs.cli.errors import OK
from libs.cli.syncs import follow
from libs.cli.words import history_lines, progress_lines, report_lines, schedule_lines
from libs.common.contracts.resources import SCHEDULED, Resource

_Resource = Annotated[Resource | None, typer.Argument(help="Without it: students and employees")]
_Follow = Annotated[bool, typer.Option("--follow", "-f", help="Stay until the sync has ended")]
_Which = Annotated[
    str | None,
    typer.Argument(help="A list such as students, or one sync's id", metavar="[LIST|SYNC_ID]"),
]
_Status = Annotated[str | None, typer.Option(help="Only these, such as failed")]
_Limit = Annotated[int, typer.Option(help="So many at most", min=1, max=200)]
_Before = Annotated[str | None, typer.Option(help="The `next` of the list before")]


def register(app: typer.Typer) -> None:
    for work in (progress, history, schedule):
        command(app)(work)


def progress(
    desk: Desk,
    resource: _Resource = None,
    *,
    staying: _Follow = False,
) -> int:
    """Show what the newest sync of each list is doing."""
    if staying and resource is None:
        raise typer.BadParameter("--follow needs a list: hemis progress students --follow")
    resources = SCHEDULED if resource is None else (resource,)
    found = {one: desk.gateway.get(f"/api/hemis/progress/{one}") for one in resources}
    newest = found[resource] if resource is not None else {}
    if staying and newest["syncId"] is not None:
        return follow(desk, {"resource": resource, "syncId": newest["syncId"]})
    lines = [line for one, answer in found.items() for line in progress_lines(one, answer)]
    desk.show(newest or found, lines)
    return OK


def history(
    desk: Desk,
    which: _Which = None,
    *,
    status: _Status = None,
    limit: _Limit = 20,
    before: _Before = None,
) -> int:
    """Show past syncs, newest first; or one, with its report."""
    if which is not None and which not in list(Resource):
        report = desk.gateway.get(f"/api/hemis/syncs/{which}")
        desk.show(report, report_lines(report))
        return OK
    query = {"resource": which, "status": status, "limit": limit, "before": before}
    found = desk.gateway.get("/api/hemis/syncs", **query)
    desk.show(found, history_lines(found["items"]))
    if found.get("next") is not None and not desk.as_json:
        desk.note(f"more: --before {found['next']}")
    return OK


def schedule(desk: Desk) -> int:
    """Show when syncs start by themselves."""
    found = desk.gateway.get("/api/hemis/schedule")
    desk.show(found, schedule_lines(found))
    return OK
