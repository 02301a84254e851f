"""``hemis erase``: one person, everywhere, for good."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.text import Text

from libs.cli.desk import Desk, command
from libs.cli.errors import FAILED, OK
from libs.cli.words import when

_PATH = "/api/hemis/erasures"

_HemisId = Annotated[int | None, typer.Option(help="HEMIS's id of the person", min=1)]
_Number = Annotated[str | None, typer.Option(help="The person's id number", metavar="NUMBER")]
_Yes = Annotated[bool, typer.Option("--yes", help="Do not ask: there is no way back")]
_Patience = Annotated[
    float, typer.Option("--wait", help="Seconds to wait for the result", min=0, max=30)
]
_Limit = Annotated[int, typer.Option(help="So many at most", min=1, max=200)]
_Before = Annotated[str | None, typer.Option(help="The `next` of the list before")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(rich_markup_mode=None)
    app.add_typer(group, name="erase", help="Erase one person everywhere, for good")
    command(group, "student")(erase_student)
    command(group, "employee")(erase_employee)
    command(group, "list")(list_erasures)


def erase_student(
    desk: Desk,
    *,
    student_id_number: _Number = None,
    hemis_id: _HemisId = None,
    yes: _Yes = False,
    wait: _Patience = 10,
) -> int:
    """Erase one student: the row, the topic, the dead letters. No sync brings them back."""
    person = {"hemis_id": hemis_id, "student_id_number": student_id_number}
    return _erase(desk, "student", person, yes=yes, wait=wait)


def erase_employee(
    desk: Desk,
    *,
    employee_id_number: _Number = None,
    hemis_id: _HemisId = None,
    yes: _Yes = False,
    wait: _Patience = 10,
) -> int:
    """Erase one employee with all positions. No sync brings them back."""
    person = {"hemis_id": hemis_id, "employee_id_number": employee_id_number}
    return _erase(desk, "employee", person, yes=yes, wait=wait)


def list_erasures(desk: Desk, *, limit: _Limit = 50, before: _Before = None) -> int:
    """Show who had somebody erased, and when, newest first; not whom."""
    found = desk.gateway.get(_PATH, limit=limit, before=before)
    desk.show(found, erasure_lines(found["items"]))
    if found.get("next") is not None and not desk.as_json:
        desk.note(f"more: --before {found['next']}")
    return OK


def erasure_lines(items: Iterable[Mapping[str, Any]]) -> Iterator[Text]:
    none = True
    for item in items:
        none = False
        by = item["requestedBy"] or "unknown"
        yield Text(
            f"{when(item['requestedTime'])}  {item['resource']:<10} {item['state']}  by {by}"
        )
        yield Text(f"  {item['erasureId']}  {item['message']}", style="dim")
    if none:
        yield Text("Nobody was erased.")


def _erase(desk: Desk, word: str, person: Mapping[str, object], *, yes: bool, wait: float) -> int:
    named = {name: value for name, value in person.items() if value is not None}
    if len(named) != 1:
        options = " or ".join(f"--{name.replace('_', '-')}" for name in person)
        raise typer.BadParameter(f"Name the {word} by one of: {options}")
    ((_, value),) = named.items()
    if not yes and not _is_confirmed(desk, word, str(value)):
        desk.note("Nobody was erased.")
        return FAILED
    body = {**named, "confirm": "erase"}
    answer = desk.gateway.post(f"{_PATH}/{word}", body, wait=wait)
    desk.show(answer, [answer["message"], f"erasure {answer['erasureId']}"])
    return FAILED if answer["state"] == "waiting" else OK


def _is_confirmed(desk: Desk, word: str, value: str) -> bool:
    """Let it be typed once more: a wrong digit is another person."""
    desk.note(f"Erases {word} {value} for good. There is no way back.")
    sys.stderr.write(f"Type {value} once more to go on: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() == value
