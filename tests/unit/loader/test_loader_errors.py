"""Every error of PostgreSQL and asyncpg has its branch."""

import inspect

import asyncpg
import pytest

from libs.common.errors import FatalError, PermanentError, TransientError
from services.loader.errors import DatabaseAway, RecordRefused, SchemaBroken, encoding, translate


def states() -> dict[str, type[asyncpg.PostgresError]]:
    kinds = (kind for _, kind in inspect.getmembers(asyncpg.exceptions, inspect.isclass))
    return {
        kind.sqlstate: kind
        for kind in kinds
        if issubclass(kind, asyncpg.PostgresError) and kind.sqlstate
    }


@pytest.mark.parametrize("state", sorted(states()))
def test_every_sqlstate_has_a_branch(state: str) -> None:
    error = translate(states()[state]("text"))

    assert isinstance(error, DatabaseAway | RecordRefused | SchemaBroken)


@pytest.mark.parametrize(
    ("state", "branch"),
    [
        ("08003", TransientError),
        ("25006", TransientError),
        ("40P01", TransientError),
        ("53100", TransientError),
        ("55P03", TransientError),
        ("57P01", TransientError),
        ("57014", TransientError),
        ("22003", PermanentError),
        ("22021", PermanentError),
        ("23502", PermanentError),
        ("54001", PermanentError),
        ("42703", FatalError),
        ("42501", FatalError),
    ],
)
def test_the_ones_that_matter_have_the_right_branch(state: str, branch: type[Exception]) -> None:
    assert isinstance(translate(states()[state]("text")), branch)


@pytest.mark.parametrize("error", [OSError(), TimeoutError(), asyncpg.InterfaceError("closed")])
def test_a_lost_connection_is_an_outage(error: Exception) -> None:
    assert isinstance(translate(error), DatabaseAway)


@pytest.mark.parametrize("error", [OverflowError("2147483648"), UnicodeError("SINOVOV")])
def test_what_copy_cannot_encode_is_the_records_fault_and_is_not_quoted(error: Exception) -> None:
    with pytest.raises(RecordRefused) as refused, encoding():
        raise error

    assert str(error) not in str(refused.value)


def test_a_database_text_that_quotes_a_value_is_left_out() -> None:
    error = asyncpg.UniqueViolationError("Key (full_name)=(SINOVOV) already exists")

    assert "SINOVOV" not in str(translate(error))
