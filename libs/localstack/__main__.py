"""``python -m libs.localstack [--once]``: everything here, without Docker (``make run``)."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import cast

from rich.console import Console

from libs.common.errors import ConfigurationError
from libs.common.process.lifecycle import (
    EXIT_CRASHED,
    EXIT_STOPPED,
    EXIT_UNAVAILABLE,
    EXIT_WRONG_COMMAND_LINE,
    EXIT_WRONG_CONFIGURATION,
)
from libs.common.process.settings import load_settings
from libs.common.process.signals import at_first_signal
from libs.localstack.errors import LocalStackError, StackUnavailable
from libs.localstack.run.app import run
from libs.localstack.run.plan import COMMANDS, Plan
from libs.localstack.run.settings import RunSettings

_FOLDER = Path(".local")


def main(words: list[str]) -> int:
    if words not in ([], ["--once"]):
        sys.stderr.write("usage: python -m libs.localstack [--once]\n")
        return EXIT_WRONG_COMMAND_LINE
    try:
        plan = Plan(_FOLDER, load_settings(RunSettings), COMMANDS, once=words == ["--once"])
        return asyncio.run(_until_signal(plan))
    except StackUnavailable as error:
        return _failed(error, EXIT_UNAVAILABLE)
    except ConfigurationError as error:
        return _failed(error, EXIT_WRONG_CONFIGURATION)
    except LocalStackError as error:
        return _failed(error, EXIT_CRASHED)


async def _until_signal(plan: Plan) -> int:
    """A signal cancels the run wherever it is; leaving its contexts stops everything in order."""
    running = cast(asyncio.Task[int], asyncio.current_task())
    console = Console()

    def stop() -> None:
        console.print("Stopping")
        running.cancel()

    try:
        # Only the first: make passes a signal on that we were sent ourselves already.
        with at_first_signal((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), stop):
            return await run(plan, console)
    except asyncio.CancelledError:
        return EXIT_CRASHED if plan.once else EXIT_STOPPED


def _failed(error: Exception, code: int) -> int:
    sys.stderr.write(f"ERROR {error}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
