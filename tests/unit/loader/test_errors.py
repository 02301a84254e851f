"""Each error of PostgreSQL and asyncpg has its branch."""

import inspect
import ssl
import struct
from decimal import InvalidOperation

import asyncpg
import pytest

from libs.common.errors import ConfigurationError, FatalError, PermanentError, TransientError
from services.loader.errors import (
    DatabaseAway,
    DatabaseFault,
    RecordRefused,
    SchemaBroken,
    encoding,
    translate,
    translated,
)


def exceptions() -> list[type[Exception]]:
    kinds = (kind for _, kind in inspect.getmembers(asyncpg.exceptions, inspect.isclass))
    return [k for k in kinds if issubclass(k, Exception) and not issubclass(k, Warning)]


def of_state(state: str) -> asyncpg.PostgresError:
    return asyncpg.PostgresError.new({"C": state, "M": "text", "S": "ERROR", "V": "ERROR"})


def test_every_error_of_asyncpg_has_a_branch() -> None:
    branches = (TransientError, PermanentError, FatalError)

    astray = [k for k in exceptions() if not isinstance(translate(k("text")), branches)]

    assert not astray
    assert len(exceptions()) > 200


@pytest.mark.parametrize(
    ("state", "branch"),
    [
        ("40P01", DatabaseAway),
        ("42501", DatabaseFault),
        ("22003", RecordRefused),
        ("23505", RecordRefused),
        ("P0001", RecordRefused),
        ("28P01", ConfigurationError),
        ("42703", SchemaBroken),
    ],
)
def test_each_sqlstate_has_its_branch(state: str, branch: type[Exception]) -> None:
    assert type(translate(of_state(state))) is branch


def test_a_refusal_names_the_sqlstate_and_the_constraint() -> None:
    error = asyncpg.PostgresError.new({"C": "23514", "M": "text", "n": "students_email_check"})

    refused = translate(error)

    assert isinstance(refused, RecordRefused)
    assert refused.sqlstate == "23514"
    assert refused.reason == "CheckViolationError (SQLSTATE 23514), constraint students_email_check"


def test_a_plan_that_a_migration_made_stale_is_retried() -> None:
    assert type(translate(asyncpg.InvalidCachedStatementError("text"))) is DatabaseAway


def test_an_unsupported_server_is_a_configuration_error() -> None:
    error = translate(asyncpg.UnsupportedServerFeatureError("text"))

    assert isinstance(error, ConfigurationError)
    assert "DATABASE_URL" in str(error)


@pytest.mark.parametrize(
    "error",
    [
        OSError(),
        ConnectionResetError(),
        TimeoutError(),
        ssl.SSLError(),
        asyncpg.InterfaceError("closed"),
        asyncpg.InternalClientError("no"),
    ],
)
def test_a_lost_connection_is_an_outage(error: Exception) -> None:
    with pytest.raises(DatabaseAway), translated():
        raise error


def test_an_expired_certificate_is_named_in_the_error() -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_message = "certificate has expired"

    with pytest.raises(DatabaseAway, match=r"^certificate has expired$"), translated():
        raise error


@pytest.mark.parametrize("error", [KeyError("a"), AssertionError(), MemoryError()])
def test_an_error_of_our_own_is_neither_an_outage_nor_a_bad_record(error: Exception) -> None:
    with pytest.raises(type(error)), translated(), encoding():
        raise error


@pytest.mark.parametrize(
    "error",
    [
        OverflowError("2147483648"),
        UnicodeError("SINOVOV"),
        TypeError("SINOVOV"),
        InvalidOperation("9.9.9"),
        struct.error("SINOVOV"),
        RecursionError("SINOVOV"),
    ],
)
def test_a_value_that_copy_cannot_encode_is_refused_and_not_quoted(error: Exception) -> None:
    with pytest.raises(RecordRefused) as refused, encoding():
        raise error

    assert str(error) not in str(refused.value)


def test_a_text_of_postgresql_that_quotes_a_value_is_left_out() -> None:
    error = asyncpg.UniqueViolationError("Key (full_name)=(SINOVOV) already exists")

    assert "SINOVOV" not in str(translate(error))
