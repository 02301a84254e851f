"""Errors by what happens next; every service's own errors hang below one of these branches.

::

    HemisSyncError
    ├── TransientError        an outage        → keep the work, back off, try again
    │   └── SetupFault          a lasting fault of Kafka's or PostgreSQL's set-up
    │                                          → the same, but named, with what to change: a finding
    ├── PermanentError        one bad record   → reject it, go on with the others
    └── FatalError            cannot go on     → stop, say why, exit 1
        ├── ConfigurationError  wrong settings → stop, name the setting, exit 78
        └── Unavailable         a command does not wait as a service does → say for what, exit 69
"""


class HemisSyncError(Exception):
    """Any error of ours."""


class TransientError(HemisSyncError):
    """May succeed later."""


class SetupFault(TransientError):
    """A right, a limit or a setting outside of us is wrong: a person has to mend it.

    The work is kept and tried again, so that it goes on by itself once somebody has mended it.
    What no change outside can mend while the process runs is a ``ConfigurationError`` instead.
    """

    def __init__(self, code: str, detail: str, advice: str) -> None:
        """Take a stable ``code``, what is wrong, and what to change where; no one's values."""
        super().__init__(f"{detail}: {advice}")
        self.code = code
        self.detail = detail
        self.advice = advice


class PermanentError(HemisSyncError):
    """Will never succeed."""


class FatalError(HemisSyncError):
    """The process cannot do its work; a person has to look."""


class ConfigurationError(FatalError):
    """A setting is wrong; the text names the variable and what is allowed."""


class Unavailable(FatalError):
    """A system is away that a command needs; nothing was done."""
