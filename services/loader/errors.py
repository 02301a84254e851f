"""The loader's errors, by what happens next.

::

    DatabaseAway  (transient)  connection, locks, failover            → claim again, same records
    DatabaseFault (transient)  rights, a full disk, an own constraint → the same, but named
    Fenced        (transient)  another loader owns the partition      → drop the batch, claim again
    RecordRefused (permanent)  a value that can never be loaded       → dead letter, others commit
    SchemaBroken  (fatal)      a column is missing                    → stop, say which
    LoaderStuck   (fatal)      no outage, there is lag, nothing moves → stop, say where

Nobody to let in (``ConfigurationError``) stops the process too, and names the setting.
"""

import struct
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import asyncpg

from libs.common.errors import FatalError, PermanentError, TransientError
from libs.common.kafka.ports import Partition
from libs.common.postgres import errors as postgres
from libs.common.postgres.errors import (
    DatabaseAway,
    DatabaseFault,
    SchemaBroken,
    answer_of,
    described,
    state_of,
)
from libs.common.postgres.sqlstates import Answer

__all__ = ["DatabaseAway", "DatabaseFault", "SchemaBroken"]


class Fenced(TransientError):
    """Other loaders took these partitions over."""

    def __init__(self, partitions: Collection[Partition]) -> None:
        super().__init__(", ".join(map(str, partitions)))
        self.partitions = frozenset(partitions)


class RecordRefused(PermanentError):
    """This record can never be loaded; ``reason`` holds no value of a person."""

    def __init__(self, code: str, reason: str, sqlstate: str = "") -> None:
        """``sqlstate`` is set where PostgreSQL refused the record."""
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason
        self.sqlstate = sqlstate


class ValueRefused(Exception):
    """One value does not fit its column; becomes a RecordRefused that names the field."""

    def __init__(self, code: str, expected: str) -> None:
        super().__init__(code)
        self.code = code
        self.expected = expected


class LoaderStuck(FatalError):
    """Kafka and PostgreSQL answer, records wait, and this process does not load them."""


# What asyncpg's encoders, and our own, raise for a value beyond its column's type (measured).
UNENCODABLE = (ArithmeticError, ValueError, TypeError, RecursionError, struct.error)


def translate(error: Exception) -> Exception:
    """Give an error of PostgreSQL, asyncpg or COPY its branch, without texts that quote values."""
    if isinstance(error, asyncpg.PostgresError) and answer_of(error) is Answer.RECORD:
        return RecordRefused("refused_by_database", described(error), state_of(error))
    return postgres.translate(error)


@contextmanager
def translated() -> Iterator[None]:
    """Turn what PostgreSQL and asyncpg raise into ours; not chained, since they quote values."""
    try:
        yield
    except (asyncpg.PostgresError, *postgres.CLIENT_ERRORS) as error:
        raise translate(error) from None


@contextmanager
def encoding() -> Iterator[None]:
    """Around COPY only: its binary encoder raises builtins for values beyond a type (measured)."""
    try:
        yield
    except UNENCODABLE as error:
        reason = f"refused before PostgreSQL: {type(error).__name__}"
        raise RecordRefused("unencodable", reason) from None
