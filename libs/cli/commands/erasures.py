"""``hemis erase``: erases one person from the whole system, for good."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import typer
from rich.text import Text

from libs.cli.context import CommandContext, command
from libs.cli.errors import FAILED, OK
from libs.cli.options import Before, HemisId, IdNumber, Limit, WaitSeconds, given, option_names
from libs.cli.text import lines_or, local_time

_PATH = "/api/hemis/erasures"

_Yes = Annotated[bool, typer.Option("--yes", help="Erase without asking; this cannot be undone")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(rich_markup_mode=None)
    app.add_typer(group, name="erase", help="Erase one person everywhere, for good")
    command(group, "student")(erase_student)
    command(group, "employee")(erase_employee)
    command(group, "list")(list_erasures)


def erase_student(
    context: CommandContext,
    *,
    student_id_number: IdNumber = None,
    hemis_id: HemisId = None,
    yes: _Yes = False,
    wait: WaitSeconds = 10,
) -> int:
    """Erase one student: the row, the topic and the dead letters. No sync brings them back."""
    person = {"hemis_id": hemis_id, "student_id_number": student_id_number}
    return _erase(context, "student", person, yes=yes, wait=wait)


def erase_employee(
    context: CommandContext,
    *,
    employee_id_number: IdNumber = None,
    hemis_id: HemisId = None,
    yes: _Yes = False,
    wait: WaitSeconds = 10,
) -> int:
    """Erase one employee with all positions. No sync brings them back."""
    person = {"hemis_id": hemis_id, "employee_id_number": employee_id_number}
    return _erase(context, "employee", person, yes=yes, wait=wait)


def list_erasures(context: CommandContext, *, limit: Limit = 50, before: Before = None) -> int:
    """List the erasures, newest first: who asked and when, without the person."""
    answer = context.gateway.get(_PATH, limit=limit, before=before)
    context.show_list(answer, erasure_lines(answer["items"]))
    return OK


def erasure_lines(items: Iterable[Mapping[str, Any]]) -> Iterator[Text]:
    return lines_or(map(_erasure_lines, items), "Nobody was erased.")


def _erasure_lines(item: Mapping[str, Any]) -> Iterator[Text]:
    by = item["requestedBy"] or "unknown"
    time = local_time(item["requestedTime"])
    yield Text(f"{time}  {item['resource']:<10} {item['state']}  by {by}")
    yield Text(f"  {item['erasureId']}  {item['message']}", style="dim")


def _erase(
    context: CommandContext, kind: str, person: Mapping[str, object], *, yes: bool, wait: float
) -> int:
    named = given(person)
    if len(named) != 1:
        raise typer.BadParameter(f"Name the {kind} by one of: {option_names(person)}")
    (value,) = named.values()
    if not yes and not _is_confirmed(context, kind, str(value)):
        context.note("Nobody was erased.")
        return FAILED
    answer = context.gateway.post(f"{_PATH}/{kind}", {**named, "confirm": "erase"}, wait=wait)
    context.show(answer, [answer["message"], f"erasure {answer['erasureId']}"])
    return FAILED if answer["state"] == "waiting" else OK


def _is_confirmed(context: CommandContext, kind: str, value: str) -> bool:
    """Ask for the number once more, because a wrong digit is another person."""
    context.note(f"This erases {kind} {value} for good. It cannot be undone.")
    sys.stderr.write(f"Type {value} again to confirm: ")
    sys.stderr.flush()
    return sys.stdin.readline().strip() == value
