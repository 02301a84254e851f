"""The command line of ``python -m libs.simulator``."""

import argparse
import os
from typing import NoReturn

from typing_extensions import override

_GREATEST_PORT = 65_535


class _Parser(argparse.ArgumentParser):
    """Ends with 64, as every program of the project, where argparse has 2."""

    @override
    def error(self, message: str) -> NoReturn:
        self.exit(os.EX_USAGE, f"{self.format_usage()}{self.prog}: error: {message}\n")


class Arguments(argparse.Namespace):
    host: str
    port: int
    students: int
    employees: int
    seed: int
    token: str


def parse_arguments(words: list[str] | None = None) -> Arguments:
    """Read the command line (by default the process's own); a wrong one exits with 64."""
    parser = _Parser(prog="python -m libs.simulator", description="A HEMIS with invented people.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=8800, help="0 = a free one")
    parser.add_argument("--students", type=_amount, default=23_238)
    parser.add_argument("--employees", type=_amount, default=1_900, help="employee positions")
    parser.add_argument("--seed", type=int, default=1, help="other seed, other people")
    parser.add_argument("--token", type=_token, default="simulator", help="bearer token asked for")
    return parser.parse_args(words, Arguments())


def _amount(text: str) -> int:
    return _between(text, 0, None)


def _port(text: str) -> int:
    return _between(text, 0, _GREATEST_PORT)


def _between(text: str, least: int, most: int | None) -> int:
    value = int(text)
    if value < least or (most is not None and value > most):
        raise argparse.ArgumentTypeError(f"{value} is out of range")
    return value


def _token(text: str) -> str:
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise argparse.ArgumentTypeError("a token is printable ASCII without spaces")
    return text
