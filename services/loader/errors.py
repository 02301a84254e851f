"""The loader's errors, by what happens next.

::

    DatabaseAway  (transient)  connection, locks, failover            → claim again, same records
    DatabaseFault (transient)  rights, a full disk, a constraint      → the same, shown as a finding
    Fenced        (transient)  another loader holds the partition     → drop the batch, claim again
    RecordRefused (permanent)  a value that can never be loaded       → dead letter, others commit
    SchemaBroken  (fatal)      a column is missing                    → stop, name the column
    LoaderStuck   (fatal)      no outage, but lag and no progress     → stop, name the partition

``ConfigurationError``, such as a wrong password, stops the process too, and names the setting.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from libs.common.contracts.dead_letters import RejectCode
from libs.common.errors import FatalError, PermanentError, TransientError
from libs.common.postgres import errors as postgres
from libs.common.postgres.errors import (
    DatabaseAway,
    DatabaseFault,
    SchemaBroken,
    action_of,
    described,
    state_of,
)
from libs.common.postgres.sqlstates import ErrorAction

__all__ = ["DatabaseAway", "DatabaseFault", "SchemaBroken"]


class Fenced(TransientError):
    """Other loaders have taken over the partitions that the text names."""


class RecordRefused(PermanentError):
    """This record can never be loaded; ``reason`` contains no personal data."""

    def __init__(self, code: RejectCode, reason: str, sqlstate: str = "") -> None:
        """``sqlstate`` is set if PostgreSQL refused the record."""
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.sqlstate = sqlstate


class ValueRefused(Exception):
    """A value does not fit its column; becomes a RecordRefused that names the field."""

    def __init__(self, code: RejectCode, expected: str) -> None:
        super().__init__(code)
        self.code = code
        self.expected = expected


class LoaderStuck(FatalError):
    """Kafka and PostgreSQL answer, records wait, and this loader does not load them."""


# What asyncpg's encoders and ours raise for a value that its column's type cannot hold (measured).
ENCODING_ERRORS = (ArithmeticError, ValueError, TypeError, RecursionError, struct.error)


def translate(error: Exception) -> Exception:
    """Translate an error of PostgreSQL or asyncpg; the text quotes no values."""
    if isinstance(error, asyncpg.PostgresError) and action_of(error) is ErrorAction.RECORD:
        return RecordRefused(RejectCode.REFUSED_BY_DATABASE, described(error), state_of(error))
    return postgres.translate(error)


@contextmanager
def translated() -> Iterator[None]:
    """Translate errors of PostgreSQL and asyncpg; not chained, since their texts quote values."""
    try:
        yield
    except (asyncpg.PostgresError, *postgres.CLIENT_ERRORS) as error:
        raise translate(error) from None


@contextmanager
def encoding() -> Iterator[None]:
    """Translate errors of COPY's binary encoders into RecordRefused."""
    try:
        yield
    except ENCODING_ERRORS as error:
        reason = f"refused before PostgreSQL: {type(error).__name__}"
        raise RecordRefused(RejectCode.UNENCODABLE, reason) from None
