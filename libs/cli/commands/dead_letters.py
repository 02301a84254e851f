"""``hemis dead-letters``: records that cannot be loaded."""

import json
from typing import Annotated

import typer

from libs.cli.context import CommandContext, command
from libs.cli.errors import OK
from libs.cli.options import Before, Limit, given
from libs.cli.text import dead_letter_lines
from libs.common.contracts.resources import Resource

_PATH = "/api/hemis/dead-letters"

_Id = Annotated[str, typer.Argument(help="Id of the dead letter, from the list", metavar="ID")]
_IdOrAll = Annotated[
    str | None,
    typer.Argument(help="Id of one dead letter; without it, all that match", metavar="[ID]"),
]
_Resource = Annotated[Resource | None, typer.Option("--resource", help="Only of this list")]
_Code = Annotated[str | None, typer.Option(help="Only with this code")]
_All = Annotated[bool, typer.Option("--all", help="Every dead letter")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(rich_markup_mode=None)
    app.add_typer(group, name="dead-letters", help="Records that cannot be loaded, and why")
    command(group, "list")(list_dead_letters)
    for function in (show, retry, discard):
        command(group)(function)


def list_dead_letters(
    context: CommandContext,
    *,
    resource: _Resource = None,
    code: _Code = None,
    limit: Limit = 50,
    before: Before = None,
) -> int:
    """List the dead letters, newest first."""
    query = {"resource": resource, "code": code, "limit": limit, "before": before}
    answer = context.gateway.get(_PATH, **query)
    context.show_list(answer, dead_letter_lines(answer["items"]))
    return OK


def show(context: CommandContext, dead_letter: _Id) -> int:
    """Show one dead letter with its record; names and numbers are masked."""
    answer = context.gateway.get(f"{_PATH}/{dead_letter}")
    value = json.dumps(answer.get("value"), ensure_ascii=False, indent=2)
    context.show(answer, [*dead_letter_lines([answer]), *value.splitlines()])
    return OK


def retry(
    context: CommandContext,
    dead_letter: _IdOrAll = None,
    *,
    resource: _Resource = None,
    code: _Code = None,
    retry_all: _All = False,
) -> int:
    """Fetch the record from HEMIS again: one dead letter, or all that match."""
    filters = given({"resource": resource, "code": code})
    if dead_letter is None and not filters and not retry_all:
        raise typer.BadParameter("Name the dead letters: an ID, --resource, --code, or --all")
    answer = (
        context.gateway.post(f"{_PATH}/{dead_letter}/retry")
        if dead_letter is not None
        else context.gateway.post(f"{_PATH}/retry", filters)
    )
    context.show(answer, [answer["message"]])
    return OK


def discard(context: CommandContext, dead_letter: _Id) -> int:
    """Remove one dead letter from the list; the tables do not change."""
    answer = context.gateway.post(f"{_PATH}/{dead_letter}/discard")
    context.show(answer, [answer["message"]])
    return OK
