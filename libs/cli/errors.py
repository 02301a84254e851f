"""Why a command did not do what it was asked, by the exit code a script sees.

::

    CommandFailed                1  refused by the gateway, not found, or it failed
    ├── GatewayAway             69  no gateway there, or one that cannot answer now
    └── KeyWrong                78  the gateway wants a key, or another one
"""

import os

from libs.common.errors import HemisSyncError

OK = os.EX_OK
FAILED = 1
NOT_COMPLETE = os.EX_DATAERR
WRONG_COMMAND_LINE = os.EX_USAGE
AWAY = os.EX_UNAVAILABLE
WRONG_CONFIGURATION = os.EX_CONFIG
INTERRUPTED = 130


class CommandFailed(HemisSyncError):
    """A sentence for people, and what ``--json`` prints: the gateway's problem, or ours."""

    exit_code = FAILED

    def __init__(self, code: str, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.code = code
        self.problem: dict[str, object] = {"code": code, "detail": detail, **more}


class GatewayAway(CommandFailed):
    exit_code = AWAY


class KeyWrong(CommandFailed):
    exit_code = WRONG_CONFIGURATION
