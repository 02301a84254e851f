"""``python -m services.loader rebuild [--resource …] [--dry-run] [--processes N]``."""

import argparse
import os
from collections.abc import Sequence
from typing import NoReturn

from rich.console import Console
from typing_extensions import override

from libs.common.contracts.resources import Resource
from libs.common.process.lifecycle import run_service
from services.loader.rebuild.app import RebuildCommand
from services.loader.rebuild.readers.pool import open_readers
from services.loader.rebuild.readers.process import run_reader
from services.loader.rebuild.rebuild import RebuildOptions
from services.loader.settings import LoaderSettings

_MAX_READERS = 64


class _Parser(argparse.ArgumentParser):
    """Exits with 64 for a wrong command line, as all commands of this project do."""

    @override
    def error(self, message: str) -> NoReturn:
        self.exit(os.EX_USAGE, f"{self.format_usage()}{self.prog}: error: {message}\n")


class Arguments(argparse.Namespace):
    resource: Resource | None
    dry_run: bool
    readers: int


def parse_arguments(words: Sequence[str]) -> Arguments:
    """Read the command line; a wrong one exits with 64."""
    parser = _Parser(
        prog="python -m services.loader rebuild",
        description="Rebuild the tables from the topics. Loaders may keep running.",
    )
    parser.add_argument(
        "--resource",
        type=Resource,
        choices=list(Resource),
        help="rebuild only this one (default: all)",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="compare and print, but change nothing"
    )
    parser.add_argument(
        "--processes",
        dest="readers",
        type=_readers,
        default=2,
        help="that read the topics (default: 2)",
    )
    return parser.parse_args(words, Arguments())


def _readers(text: str) -> int:
    count = int(text)
    if not 1 <= count <= _MAX_READERS:
        raise argparse.ArgumentTypeError(f"expected 1 to {_MAX_READERS}")
    return count


def run_rebuild(words: Sequence[str]) -> int:
    """Run the command and return its exit code."""
    arguments = parse_arguments(words)
    resources = (arguments.resource,) if arguments.resource else tuple(Resource)
    options = RebuildOptions(resources, arguments.dry_run)
    with open_readers(arguments.readers, run_reader) as readers:
        command = RebuildCommand(options, readers, Console())
        return run_service(LoaderSettings, command.serve)
