"""Command-line options that several commands share."""

from collections.abc import Iterable, Mapping
from typing import Annotated

import typer

HemisId = Annotated[int | None, typer.Option(help="HEMIS id of the person", min=1)]
IdNumber = Annotated[str | None, typer.Option(help="Id number of the person", metavar="NUMBER")]
WaitSeconds = Annotated[
    float, typer.Option("--wait", help="Seconds to wait for the result", min=0, max=30)
]
Limit = Annotated[int, typer.Option(help="Largest number of entries to show", min=1, max=200)]
Before = Annotated[str | None, typer.Option(help="Where to continue: `next` of the previous list")]


def given(options: Mapping[str, object]) -> dict[str, object]:
    """Leave out the options that were not given."""
    return {name: value for name, value in options.items() if value is not None}


def option_names(options: Iterable[str]) -> str:
    """Name options as they are typed: ``--hemis-id or --student-id-number``."""
    return " or ".join(f"--{name.replace('_', '-')}" for name in options)
