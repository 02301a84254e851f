"""What every command uses: the gateway, the terminal, and the options common to all commands."""

import inspect
import json
import sys
from collections.abc import Callable, Iterable, Mapping
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
_KeyFile = Annotated[Path | None, typer.Option(help="File with the API key", metavar="FILE")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON value, for programs")]

_KEYWORD = inspect.Parameter.KEYWORD_ONLY
_COMMON_OPTIONS = (
    inspect.Parameter("url", _KEYWORD, default=None, annotation=_Url),
    inspect.Parameter("key_file", _KEYWORD, default=None, annotation=_KeyFile),
    inspect.Parameter("as_json", _KEYWORD, default=False, annotation=_Json),
)


@dataclass(frozen=True, slots=True)
class CommandContext:
    """With ``as_json``, standard output holds one JSON value and nothing else."""

    gateway: Gateway
    console: Console
    as_json: bool

    def show(self, answer: object, lines: Iterable[Text | str]) -> None:
        """Print the answer as JSON, or the lines for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
            return
        for line in lines:
            self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def show_list(self, answer: Mapping[str, Any], lines: Iterable[Text | str]) -> None:
        """Print one page of a list, and how to get the next page."""
        self.show(answer, lines)
        if answer.get("next") is not None and not self.as_json:
            self.note(f"more: --before {answer['next']}")

    def note(self, text: str) -> None:
        """Print a line for people to standard error."""
        sys.stderr.write(f"{text}\n")


def command(group: typer.Typer, name: str | None = None) -> Callable[..., Callable[..., int]]:
    """Register a function as a command: it gets the context, and the common options are added."""

    def register(function: Callable[..., int]) -> Callable[..., int]:
        @wraps(function)
        def run(*, url: str | None, key_file: Path | None, as_json: bool, **options: object) -> int:
            context = CommandContext(_gateway(url, key_file), Console(), as_json)
            try:
                return function(context, **options)
            except CommandFailed as error:
                _show_failure(context, error)
                return error.exit_code

        own = list(inspect.signature(function).parameters.values())[1:]
        keyword_only = [one.replace(kind=_KEYWORD) for one in own]
        run.__signature__ = inspect.Signature([*keyword_only, *_COMMON_OPTIONS])  # type: ignore[attr-defined]
        group.command(name)(run)
        return function

    return register


def _show_failure(context: CommandContext, error: CommandFailed) -> None:
    advice = error.problem.get("advice")
    if context.as_json:
        context.show(error.problem, ())
    context.note(f"ERROR {error} ({error.code})" + (f"\n      {advice}" if advice else ""))


def _gateway(url: str | None, key_file: Path | None) -> Gateway:
    settings = load_settings(OperatorSettings)
    key = key_in(key_file) if key_file else settings.key
    return Gateway(checked_address(url or settings.address), key)
