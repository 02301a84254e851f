"""Error classes by what happens next; every other error class of ours is below one of them.

::

    HemisSyncError
    ├── TransientError        an outage        → keep the work, back off, try again
    │   └── SetupFault          wrong right, limit or setting of Kafka or PostgreSQL
    │                                          → the same, and a finding says what to change
    ├── PermanentError        one bad record   → reject it, continue with the others
    └── FatalError            cannot continue  → stop, say why, exit 1
        ├── ConfigurationError  wrong settings → stop, name the setting, exit 78
        └── Unavailable         a command needs a system that is away → name it, exit 69
"""


def first_error(error: BaseException) -> BaseException:
    """Return the first error inside a group; any other error itself."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


class HemisSyncError(Exception):
    """Any error of ours."""


class TransientError(HemisSyncError):
    """May succeed later."""


class SetupFault(TransientError):
    """A right, a limit or a setting of Kafka or PostgreSQL is wrong, and a person has to change it.

    The work is kept and retried, so it continues by itself after the change. A setting of ours
    that needs a restart is a ``ConfigurationError`` instead.
    """

    def __init__(self, code: str, detail: str, advice: str) -> None:
        """``detail`` says what is wrong, ``advice`` what to change; both without personal data."""
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
    """A command needs a system that is away; the command did nothing."""
