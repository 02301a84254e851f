"""``hemis``: which commands there are, and the exit code a script sees."""

import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from libs.cli import dead_letters, doctor, erasures, syncs, watching
from libs.cli.errors import (
    FAILED,
    INTERRUPTED,
    OK,
    WRONG_COMMAND_LINE,
    WRONG_CONFIGURATION,
)
from libs.common.errors import ConfigurationError

_ABOUT = """Operate hemis-sync through its gateway.

The gateway is at --url, else GATEWAY_URL (environment, .env, or what make run wrote), else
http://localhost:3000; the key is in --key-file, else HEMIS_API_KEY.

Exit codes: 0 done; 1 refused or failed; 65 a sync completed, but is not complete; 64 wrong
command line; 69 the gateway, or what it needs, is away; 78 wrong configuration or key.
"""


def application() -> typer.Typer:
    app = typer.Typer(name="hemis", help=_ABOUT, add_completion=False, rich_markup_mode=None)
    for part in (syncs, watching, dead_letters, erasures, doctor):
        part.register(app)
    return app


def main(words: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        code = application()(
            args=list(words) or ["--help"], prog_name="hemis", standalone_mode=False
        )
    except TyperException as error:
        sys.stderr.write(f"ERROR {error.format_message()}\n      hemis --help shows the commands\n")
        return WRONG_COMMAND_LINE
    except ConfigurationError as error:
        sys.stderr.write(f"ERROR {error}\n")
        return WRONG_CONFIGURATION
    except BrokenPipeError:
        # The reader has what it wanted (`hemis history | head`). Nothing more may be flushed.
        sys.stderr.close()
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code if isinstance(code, int) else OK
