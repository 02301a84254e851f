"""The loader's errors, by what happens next.

::

    DatabaseAway  (transient)  connection, resources, locks, failover → claim again, same records
    Fenced        (transient)  another loader owns the partition      → drop the batch, claim again
    RecordRefused (permanent)  a value that can never be loaded       → dead letter, others commit
    SchemaBroken  (fatal)      a column or a right is missing         → stop, say which
    LoaderStuck   (fatal)      no outage, there is lag, nothing moves → stop, say where

Nobody to let in (``ConfigurationError``) stops the process too, and names the setting.
"""

import ssl
import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import asyncpg

from libs.common.errors import ConfigurationError, FatalError, PermanentError, TransientError
from libs.common.kafka.ports import Partition


class DatabaseAway(TransientError):
    """PostgreSQL cannot do this now; nothing is wrong with the records."""


class Fenced(TransientError):
    """Other loaders took these partitions over."""

    def __init__(self, partitions: Collection[Partition]) -> None:
        super().__init__(", ".join(map(str, partitions)))
        self.partitions = frozenset(partitions)


class RecordRefused(PermanentError):
    """This record can never be loaded; ``reason`` holds no value of a person."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason


class ValueRefused(Exception):
    """One value does not fit its column; becomes a RecordRefused that names the field."""

    def __init__(self, code: str, expected: str) -> None:
        super().__init__(code)
        self.code = code
        self.expected = expected


class SchemaBroken(FatalError):
    """The tables are not as the migrations left them."""


class LoaderStuck(FatalError):
    """Kafka and PostgreSQL answer, records wait, and this process does not load them."""


# By SQLSTATE, or by its class; source: PostgreSQL documentation, appendix A. What is not named is
# an error in our own SQL or in the schema: fatal.
_TRANSIENT = frozenset(
    (
        *("08", "40", "53", "57", "58", "F0", "XX"),  # connection, rollback, resources, operator
        *("25006", "25P03", "25P04"),  # read-only after a failover; time-outs of a transaction
        "26",  # a prepared statement that a pooler or a failover forgot
        "3D",  # the database was dropped, and is about to be made again
        "55",  # locked, in use, not yet accepting connections
        "72",  # snapshot too old
    )
)
_RECORD = frozenset(
    (
        *("22", "23", "44", "54"),  # value, constraint, check option, size of a row
        "P0001",  # a trigger of the university's own says no
    )
)
_FATAL = frozenset(("55P02",))  # more exact than their class: a setting of ours is refused
_CONFIGURATION = frozenset(("28",))  # role or password

# What asyncpg's encoders, and our own, raise for a value beyond its column's type (measured).
UNENCODABLE = (ArithmeticError, ValueError, TypeError, RecursionError, struct.error)

_CLIENT_ERRORS = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
_UNUSABLE_SERVER = (
    asyncpg.ClientConfigurationError,
    asyncpg.UnsupportedClientFeatureError,
    asyncpg.UnsupportedServerFeatureError,
)


def translate(error: Exception) -> Exception:
    """Give an error of PostgreSQL, asyncpg or COPY its branch, without texts that quote values."""
    if isinstance(error, asyncpg.PostgresError):
        return _by_state(error)
    if isinstance(error, _UNUSABLE_SERVER):
        return ConfigurationError(f"DATABASE_URL: {type(error).__name__}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return DatabaseAway(error.verify_message)
    if isinstance(error, _CLIENT_ERRORS):
        return DatabaseAway(type(error).__name__)
    return error


def _by_state(error: asyncpg.PostgresError) -> Exception:
    # Without a state: the server closed the connection before it could say why.
    state = error.sqlstate or "08000"
    where = f"{type(error).__name__} (SQLSTATE {state})"
    named = {state, state[:2]}
    if isinstance(error, asyncpg.InvalidCachedStatementError):
        return DatabaseAway(where)  # a migration passed by: prepared again, it works
    if named & _CONFIGURATION:
        return ConfigurationError(f"DATABASE_URL: {where}")
    if named & _TRANSIENT and state not in _FATAL:
        return DatabaseAway(where)
    if named & _RECORD:
        column = getattr(error, "column_name", None)
        return RecordRefused("refused_by_database", f"{column}: {where}" if column else where)
    return SchemaBroken(f"{where}: {error.args[0] if error.args else ''}")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what PostgreSQL and asyncpg raise into ours; not chained, since they quote values."""
    try:
        yield
    except (asyncpg.PostgresError, *_CLIENT_ERRORS) as error:
        raise translate(error) from None


@contextmanager
def encoding() -> Iterator[None]:
    """Around COPY only: its binary encoder raises builtins for values beyond a type (measured)."""
    try:
        yield
    except UNENCODABLE as error:
        reason = f"refused before PostgreSQL: {type(error).__name__}"
        raise RecordRefused("unencodable", reason) from None
