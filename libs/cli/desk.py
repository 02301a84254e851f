"""What every command works with: the gateway, the terminal, and the options all of them take."""

import inspect
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from libs.cli.errors import CommandFailed
from libs.cli.gateway import Gateway
from libs.cli.settings import OperatorSettings, checked_address, key_in
from libs.common.process.settings import load_settings

_Url = Annotated[str | None, typer.Option(help="Address of the gateway", metavar="ADDRESS")]
_KeyFile = Annotated[Path | None, typer.Option(help="File that holds the API key", metavar="FILE")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON value, for programs")]

_COMMON = (
    inspect.Parameter("url", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_Url),
    inspect.Parameter(
        "key_file", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_KeyFile
    ),
    inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=_Json),
)


@dataclass(frozen=True, slots=True)
class Desk:
    """``as_json``: one JSON value on standard output, and nothing else."""

    gateway: Gateway
    console: Console
    as_json: bool

    def show(self, answer: object, lines: Iterable[Text | str]) -> None:
        """Print what came: for programs as it is, for people in words."""
        if self.as_json:
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
            return
        for line in lines:
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def note(self, text: str) -> None:
        """Say something beside the answer: to standard error, where it disturbs no program."""
        sys.stderr.write(f"{text}\n")


def command(group: typer.Typer, name: str | None = None) -> Callable[..., Callable[..., int]]:
    """Register a command: its first parameter is the desk, the options of all are added."""

    def register(work: Callable[..., int]) -> Callable[..., int]:
        @wraps(work)
        def run(*, url: str | None, key_file: Path | None, as_json: bool, **given: object) -> int:
            desk = Desk(_gateway(url, key_file), Console(), as_json)
            try:
                return work(desk, **given)
            except CommandFailed as failed:
                tell_failure(desk, failed)
                return failed.exit_code

        own = list(inspect.signature(work).parameters.values())[1:]
        options = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
        run.__signature__ = inspect.Signature([*options, *_COMMON])  # type: ignore[attr-defined]
        group.command(name)(run)
        return work

    return register


def tell_failure(desk: Desk, failed: CommandFailed) -> None:
    advice: Any = failed.problem.get("advice")
    if desk.as_json:
        desk.show(failed.problem, ())
    desk.note(f"ERROR {failed} ({failed.code})" + (f"\n      {advice}" if advice else ""))


def _gateway(url: str | None, key_file: Path | None) -> Gateway:
    settings = load_settings(OperatorSettings)
    key = key_in(key_file) if key_file else settings.key
    return Gateway(checked_address(url or settings.address), key)
