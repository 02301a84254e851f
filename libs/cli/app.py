"""``hemis``: registers the commands and turns errors into exit codes."""

import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from libs.cli.commands import dead_letters, doctor, erasures, history, syncs
from libs.cli.errors import FAILED, INTERRUPTED, OK, WRONG_COMMAND_LINE, WRONG_CONFIGURATION
from libs.common.errors import ConfigurationError

_ABOUT = """Operate hemis-sync through its gateway.

The address of the gateway is --url, else GATEWAY_URL (environment, .env, or what make run wrote),
else http://localhost:3000. The API key is in --key-file, else HEMIS_API_KEY.

Exit codes: 0 done; 1 refused or failed; 65 the sync completed but is not complete; 64 wrong
command line; 69 the gateway, or something it needs, is unavailable; 78 wrong configuration or key.
"""


def application() -> typer.Typer:
    app = typer.Typer(name="hemis", help=_ABOUT, add_completion=False, rich_markup_mode=None)
    for module in (syncs, history, dead_letters, erasures, doctor):
        module.register(app)
    return app


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        code = application()(
            args=list(arguments) or ["--help"], prog_name="hemis", standalone_mode=False
        )
    except TyperException as error:
        sys.stderr.write(f"ERROR {error.format_message()}\n      hemis --help lists the commands\n")
        return WRONG_COMMAND_LINE
    except ConfigurationError as error:
        sys.stderr.write(f"ERROR {error}\n")
        return WRONG_CONFIGURATION
    except BrokenPipeError:
        # The reader of a pipe has left (`hemis history | head`). Flushing would fail again.
        sys.stderr.close()
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return code if isinstance(code, int) else OK
