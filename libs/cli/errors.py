"""Why a command failed, and the exit code for each reason.

::

    CommandFailed                1  the gateway refused, found nothing, or the work failed
    ├── GatewayAway             69  no gateway answers, or it cannot answer now
    └── KeyWrong                78  the gateway needs an API key, or a different one
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
    """Carries a sentence for people, and the problem document that ``--json`` prints."""

    exit_code = FAILED

    def __init__(self, code: str, detail: str, **more: object) -> None:
        super().__init__(detail)
        self.code = code
        self.problem: dict[str, object] = {"code": code, "detail": detail, **more}


class GatewayAway(CommandFailed):
    exit_code = AWAY


class KeyWrong(CommandFailed):
    exit_code = WRONG_CONFIGURATION
