"""PostgreSQL's errors, by what happens next.

::

    DatabaseAway    (transient)  connection, locks, failover             → try again
    └── DatabaseFault (also SetupFault)  rights, disk, a user's trigger  → the same, as a finding
    SchemaBroken    (fatal)      our own SQL, or a changed table         → stop, name the table
    ConfigurationError           wrong login, wrong encoding             → stop, name the setting

``sqlstates`` has the table. Texts name tables, constraints and functions, and contain no values.
"""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from libs.common.errors import ConfigurationError, FatalError, SetupFault, TransientError
from libs.common.postgres.sqlstates import ErrorAction, action_for, change_for


class DatabaseAway(TransientError):
    """PostgreSQL cannot do this now; the records are valid."""


class DatabaseFault(SetupFault, DatabaseAway):
    """PostgreSQL refuses this until somebody changes something there."""


class SchemaBroken(FatalError):
    """The tables differ from what the migrations created."""


CLIENT_ERRORS = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
_UNUSABLE_SERVER = (
    asyncpg.ClientConfigurationError,
    asyncpg.UnsupportedClientFeatureError,
    asyncpg.UnsupportedServerFeatureError,
)
_FUNCTION = re.compile(r"^PL/\w+ function ([^\s(]+)|^SQL function \"([^\"]+)\"", re.MULTILINE)
_OWN_TRIGGER = "correct or drop that trigger"


def action_of(error: asyncpg.PostgresError) -> ErrorAction:
    """Look up an error; one inside a trigger or function of the university is a setup fault."""
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        return ErrorAction.WAIT  # after a migration: it works when it is prepared again
    action = action_for(state_of(error))
    return ErrorAction.SETUP if action is ErrorAction.BROKEN and _function(error) else action


def state_of(error: asyncpg.PostgresError) -> str:
    # Without a state, the server closed the connection before it could send one.
    return error.sqlstate or "08000"


def described(error: asyncpg.PostgresError) -> str:
    """Name the error and its origin, without PostgreSQL's message, which may quote values."""
    table = ".".join(filter(None, (_of(error, "schema_name"), _of(error, "table_name"))))
    named = {
        "table": table,
        "column": _of(error, "column_name"),
        "constraint": _of(error, "constraint_name"),
        "function": _function(error),
    }
    parts = [f"{kind} {name}" for kind, name in named.items() if name]
    return ", ".join((f"{type(error).__name__} (SQLSTATE {state_of(error)})", *parts))


def translate(error: Exception) -> Exception:
    """Translate an error of PostgreSQL or asyncpg; outside a batch, RECORD is a broken schema."""
    if isinstance(error, asyncpg.PostgresError):
        return _by_action(error)
    if isinstance(error, _UNUSABLE_SERVER):
        return ConfigurationError(f"DATABASE_URL: {type(error).__name__}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return DatabaseAway(error.verify_message)
    if isinstance(error, CLIENT_ERRORS):
        return DatabaseAway(type(error).__name__)
    return error


def _by_action(error: asyncpg.PostgresError) -> Exception:
    where = described(error)
    match action_of(error):
        case ErrorAction.WAIT:
            return DatabaseAway(where)
        case ErrorAction.CONFIGURATION:
            return ConfigurationError(f"DATABASE_URL: {where}")
        case ErrorAction.SETUP if action_for(state_of(error)) is ErrorAction.SETUP:
            return DatabaseFault(*_fault(error, where))
        case ErrorAction.SETUP:
            return DatabaseFault("own_trigger_fails", where, _OWN_TRIGGER)
        case _:
            return SchemaBroken(f"{where}: {_text(error)}")


def _fault(error: asyncpg.PostgresError, where: str) -> tuple[str, str, str]:
    code, advice = change_for(state_of(error))
    # The message of 42501 names what is denied, and no values.
    detail = f"{where}: {_text(error)}" if state_of(error) == "42501" else where
    return code, detail, advice


def _text(error: asyncpg.PostgresError) -> str:
    return str(error.args[0]) if error.args else ""


def _of(error: asyncpg.PostgresError, name: str) -> str:
    return getattr(error, name, None) or ""


def _function(error: asyncpg.PostgresError) -> str:
    found = _FUNCTION.search(_of(error, "context"))
    return next(filter(None, found.groups()), "") if found else ""


@contextmanager
def translated() -> Iterator[None]:
    """Translate errors of PostgreSQL and asyncpg, without their cause, which may quote values."""
    try:
        yield
    except (asyncpg.PostgresError, *CLIENT_ERRORS) as error:
        raise translate(error) from None
