"""``hemis dead-letters``: records that could not be loaded."""

import json
from typing import Annotated

import typer

from libs.cli.desk import Desk, command
from libs.cli.errors import OK
from libs.cli.words import letter_lines
from libs.common.contracts.resources import Resource

_PATH = "/api/hemis/dead-letters"

_Letter = Annotated[str, typer.Argument(help="Its id, as the list shows it", metavar="ID")]
_LetterOrAll = Annotated[
    str | None, typer.Argument(help="One; without it all that match the options", metavar="[ID]")
]
_OfResource = Annotated[Resource | None, typer.Option("--resource", help="Only of this list")]
_Code = Annotated[str | None, typer.Option(help="Only with this code")]
_Limit = Annotated[int, typer.Option(help="So many at most", min=1, max=200)]
_Before = Annotated[str | None, typer.Option(help="The `next` of the list before")]
_All = Annotated[bool, typer.Option("--all", help="All there are")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(rich_markup_mode=None)
    app.add_typer(group, name="dead-letters", help="Records that could not be loaded, and why")
    command(group, "list")(list_letters)
    for work in (show, retry, discard):
        command(group)(work)


def list_letters(
    desk: Desk,
    *,
    resource: _OfResource = None,
    code: _Code = None,
    limit: _Limit = 50,
    before: _Before = None,
) -> int:
    """Show them, newest first."""
    query = {"resource": resource, "code": code, "limit": limit, "before": before}
    found = desk.gateway.get(_PATH, **query)
    desk.show(found, letter_lines(found["items"]))
    if found.get("next") is not None and not desk.as_json:
        desk.note(f"more: --before {found['next']}")
    return OK


def show(desk: Desk, letter: _Letter) -> int:
    """Show one with its value, names and numbers masked."""
    found = desk.gateway.get(f"{_PATH}/{letter}")
    value = json.dumps(found.get("value"), ensure_ascii=False, indent=2)
    desk.show(found, [*letter_lines([found]), *value.splitlines()])
    return OK


def retry(
    desk: Desk,
    letter: _LetterOrAll = None,
    *,
    resource: _OfResource = None,
    code: _Code = None,
    retry_all: _All = False,
) -> int:
    """Fetch the record from HEMIS again: of one, or of all that match."""
    wanted = {"resource": resource, "code": code}
    given = {name: value for name, value in wanted.items() if value is not None}
    if letter is None and not given and not retry_all:
        raise typer.BadParameter("Say which: an ID, --resource, --code, or --all")
    answer = (
        desk.gateway.post(f"{_PATH}/{letter}/retry")
        if letter is not None
        else desk.gateway.post(f"{_PATH}/retry", given)
    )
    desk.show(answer, [answer["message"]])
    return OK


def discard(desk: Desk, letter: _Letter) -> int:
    """Take one off the desk; the tables stay as they are."""
    answer = desk.gateway.post(f"{_PATH}/{letter}/discard")
    desk.show(answer, [answer["message"]])
    return OK
