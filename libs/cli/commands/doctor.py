"""``hemis doctor``: what is wrong, and what to do."""

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

import typer
from rich.text import Text

from libs.cli.context import CommandContext, command
from libs.cli.errors import FAILED, OK

_WIDTH = 76


def register(app: typer.Typer) -> None:
    command(app)(doctor)


def doctor(context: CommandContext) -> int:
    """Show what is wrong, and what to do (exit code 0: no problem, 1: a problem)."""
    diagnosis = context.gateway.get("/api/hemis/doctor")
    context.show(diagnosis, diagnosis_lines(diagnosis))
    return OK if diagnosis["healthy"] else FAILED


def diagnosis_lines(diagnosis: Mapping[str, Any]) -> Iterator[Text]:
    """Give one line for each check; below a failed one, the problem and what to do."""
    findings = diagnosis["items"]
    for finding in findings:
        yield from _finding_lines(finding)
    failed = sum(finding["code"] != "ok" for finding in findings)
    yield Text(f"{failed} of {len(findings)} checks failed" if failed else "No problems found")


def _finding_lines(finding: Mapping[str, str]) -> Iterator[Text]:
    is_ok = finding["code"] == "ok"
    mark = Text("OK", style="green") if is_ok else Text("!!", style="bold red")
    line = mark.append(f"  {finding['service']:<8} {finding['subject']:<24} ", style="")
    yield line.append(finding["detail"] if is_ok else finding["code"])
    if not is_ok:
        for text in (finding["detail"], f"→ {finding['advice']}"):
            yield from (Text(f"    {part}") for part in wrap(text, _WIDTH, break_on_hyphens=False))
