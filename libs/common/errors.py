"""Errors by what happens next; every service's own errors hang below one of these branches.

::

    HemisSyncError
    ├── TransientError        an outage        → keep the work, back off, try again
    │   └── SetupFault          wrong right, limit or setting of Kafka or PostgreSQL
    │                                          → the same, and a finding says what to change
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
    """A right, a limit or a setting of Kafka or PostgreSQL is wrong, and a person has to change it.

    The work is kept and retried, so it goes on by itself after the change. Where our own settings
    are wrong, and only a restart helps, it is a ``ConfigurationError``.
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
    """A system is away that a command needs; nothing was done."""
