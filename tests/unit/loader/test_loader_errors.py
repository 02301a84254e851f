"""Every error of PostgreSQL and asyncpg has its branch."""

import inspect
import ssl
import struct
from decimal import InvalidOperation

import asyncpg
import pytest

from libs.common.errors import ConfigurationError, FatalError, PermanentError, TransientError
from services.loader.errors import (
    DatabaseAway,
    RecordRefused,
    SchemaBroken,
    encoding,
    translate,
    translated,
)

# PostgreSQL documentation, appendix A: every class, and what comes of an error in it.
CLASSES = {
    DatabaseAway: "08 26 3D 40 53 55 57 58 72 F0 XX",
    RecordRefused: "22 23 44 54",
    ConfigurationError: "28",
    SchemaBroken: (
        "00 01 02 03 09 0A 0B 0F 0L 0P 0Z 10 20 21 24 25 27 2B 2D 2F 34 38 39 3B 3F 42 HV P0"
    ),
}
# States that part from their class, and the ones that matter most.
STATES = {
    DatabaseAway: "08003 25006 25P03 25P04 40001 40P01 53100 53200 53300 55P03 57014 57P01 57P03",
    RecordRefused: "22003 22021 22P02 22P05 23502 23505 54001 P0001",
    ConfigurationError: "28000 28P01",
    SchemaBroken: "25P02 42501 42703 42P01 55P02",
}


def exceptions() -> list[type[Exception]]:
    kinds = (kind for _, kind in inspect.getmembers(asyncpg.exceptions, inspect.isclass))
    return [k for k in kinds if issubclass(k, Exception) and not issubclass(k, Warning)]


def of_state(state: str) -> asyncpg.PostgresError:
    return asyncpg.PostgresError.new({"C": state, "M": "text", "S": "ERROR", "V": "ERROR"})


def expected(table: dict[type[Exception], str]) -> list[tuple[str, type[Exception]]]:
    return [(state, branch) for branch, states in table.items() for state in states.split()]


def test_every_error_of_asyncpg_has_a_branch() -> None:
    branches = (TransientError, PermanentError, FatalError)

    astray = [k for k in exceptions() if not isinstance(translate(k("text")), branches)]

    assert not astray
    assert len(exceptions()) > 200


@pytest.mark.parametrize(("name", "branch"), expected(CLASSES))
def test_every_class_of_sqlstates_has_its_branch(name: str, branch: type[Exception]) -> None:
    assert type(translate(of_state(f"{name}ZZZ"))) is branch


def test_no_class_that_asyncpg_knows_is_left_out() -> None:
    known = {(getattr(kind, "sqlstate", None) or "08000")[:2] for kind in exceptions()}

    assert known <= {name for name, _ in expected(CLASSES)}


@pytest.mark.parametrize(("state", "branch"), expected(STATES))
def test_the_states_that_matter_have_their_branch(state: str, branch: type[Exception]) -> None:
    assert type(translate(of_state(state))) is branch


def test_a_plan_that_a_migration_made_stale_is_made_again() -> None:
    assert type(translate(asyncpg.InvalidCachedStatementError("text"))) is DatabaseAway


def test_a_server_we_cannot_speak_to_is_a_wrong_setting() -> None:
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


def test_a_certificate_that_ran_out_is_said_to_have() -> None:
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
def test_what_copy_cannot_encode_is_the_records_fault_and_is_not_quoted(error: Exception) -> None:
    with pytest.raises(RecordRefused) as refused, encoding():
        raise error

    assert str(error) not in str(refused.value)


def test_a_database_text_that_quotes_a_value_is_left_out() -> None:
    error = asyncpg.UniqueViolationError("Key (full_name)=(SINOVOV) already exists")

    assert "SINOVOV" not in str(translate(error))
