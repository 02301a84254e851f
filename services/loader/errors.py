"""The loader's errors, by what happens next.

::

    DatabaseAway  (transient)  connection, resources, locks, failover → claim again, same records
    Fenced        (transient)  another loader owns the partition      → drop the batch, claim again
    RecordRefused (permanent)  a value that can never be loaded       → dead letter, others commit
    SchemaBroken  (fatal)      a column or a right is missing         → stop, say which
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import asyncpg

from libs.common.errors import FatalError, PermanentError, TransientError
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


# SQLSTATE classes; source: PostgreSQL documentation, appendix A.
_TRANSIENT_CLASSES = ("08", "40", "53", "57", "58", "XX")
_TRANSIENT_STATES = ("25006", "25P03", "55P03")
_RECORD_CLASSES = ("22", "23", "54")


def translate(error: Exception) -> Exception:
    """Give an error of PostgreSQL, asyncpg or COPY its branch, without texts that quote values."""
    if isinstance(error, asyncpg.PostgresError):
        return _by_state(error)
    if isinstance(error, asyncpg.InterfaceError | OSError | TimeoutError):
        return DatabaseAway(type(error).__name__)
    return error


def _by_state(error: asyncpg.PostgresError) -> Exception:
    state = error.sqlstate or "08000"
    where = f"{type(error).__name__} (SQLSTATE {state})"
    if state.startswith(_TRANSIENT_CLASSES) or state in _TRANSIENT_STATES:
        return DatabaseAway(where)
    if state.startswith(_RECORD_CLASSES):
        column = getattr(error, "column_name", None)
        return RecordRefused("refused_by_database", f"{column}: {where}" if column else where)
    return SchemaBroken(f"{where}: {error.args[0] if error.args else ''}")


@contextmanager
def translated() -> Iterator[None]:
    """Turn what PostgreSQL and asyncpg raise into ours; not chained, since they quote values."""
    try:
        yield
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as error:
        raise translate(error) from None


@contextmanager
def encoding() -> Iterator[None]:
    """Around COPY only: its binary encoder raises builtins for values beyond a type (measured)."""
    try:
        yield
    except (OverflowError, ValueError, TypeError) as error:
        reason = f"refused before PostgreSQL: {type(error).__name__}"
        raise RecordRefused("unencodable", reason) from None
