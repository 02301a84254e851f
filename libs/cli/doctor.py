"""``hemis doctor``: is everything as it should be, and if not, what to do."""

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

import typer
from rich.text import Text

from libs.cli.desk import Desk, command
from libs.cli.errors import FAILED, OK

_WIDTH = 76


def register(app: typer.Typer) -> None:
    command(app)(doctor)


def doctor(desk: Desk) -> int:
    """Say what is wrong, and what to do (exit 0: nothing, 1: something)."""
    found = desk.gateway.get("/api/hemis/doctor")
    desk.show(found, diagnosis_lines(found))
    return OK if found["healthy"] else FAILED


def diagnosis_lines(diagnosis: Mapping[str, Any]) -> Iterator[Text]:
    """One line a check; below a wrong one what is wrong, and what to do."""
    findings = diagnosis["items"]
    for finding in findings:
        yield from _finding_lines(finding)
    wrong = sum(finding["code"] != "ok" for finding in findings)
    yield Text(f"{wrong} of {len(findings)} checks failed" if wrong else "All is right")


def _finding_lines(finding: Mapping[str, str]) -> Iterator[Text]:
    right = finding["code"] == "ok"
    mark = Text("OK", style="green") if right else Text("!!", style="bold red")
    line = mark.append(f"  {finding['service']:<8} {finding['subject']:<24} ", style="")
    yield line.append(finding["detail"] if right else finding["code"])
    if not right:
        for text in (finding["detail"], f"→ {finding['advice']}"):
            yield from (Text(f"    {part}") for part in wrap(text, _WIDTH, break_on_hyphens=False))
