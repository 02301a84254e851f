"""Every SQLSTATE has one of the answers, and what the operator reads for it names it."""

import inspect

import asyncpg
import pytest

from libs.common.errors import SetupFault
from libs.common.postgres.errors import (
    DatabaseAway,
    DatabaseFault,
    SchemaBroken,
    action_of,
    described,
    translate,
)
from libs.common.postgres.sqlstates import SETUP, ErrorAction, action_for
from libs.contract.__main__ import FOLDER

RUNBOOK = (FOLDER.parent / "runbook.md").read_text(encoding="utf-8")
# PostgreSQL documentation, appendix A: every class, and what comes of an error in it.
CLASSES = {
    ErrorAction.WAIT: "08 26 40 53 55 57 72 XX",
    ErrorAction.RECORD: "22 23 38 39 44 54 P0",
    ErrorAction.SETUP: "3D 58 F0 HV",
    ErrorAction.CONFIGURATION: "28",
    ErrorAction.BROKEN: "00 01 02 03 09 0A 0B 0F 0L 0P 0Z 10 20 21 24 25 27 2B 2D 2F 34 3B 3F 42",
}
# States that part from their class.
STATES = {
    ErrorAction.WAIT: "25P03 25P04",
    ErrorAction.SETUP: "25006 42501 53100 53200 53300 53400 XX001 XX002",
    ErrorAction.BROKEN: "55P02",
}


def by_state(table: dict[ErrorAction, str]) -> dict[str, ErrorAction]:
    return {state: action for action, states in table.items() for state in states.split()}


def all_states() -> list[str]:
    kinds = [kind for _, kind in inspect.getmembers(asyncpg.exceptions, inspect.isclass)]
    states = {getattr(kind, "sqlstate", None) for kind in kinds}
    return sorted(state for state in states if state)


def of_state(state: str, **fields: str) -> asyncpg.PostgresError:
    named = {"C": state, "M": "denied for SINOVOV", "S": "ERROR", "V": "ERROR"}
    return asyncpg.PostgresError.new(named | fields)


@pytest.mark.parametrize("state", all_states())
def test_every_state_has_the_action_of_the_table(state: str) -> None:
    assert action_for(state) is (by_state(STATES).get(state) or by_state(CLASSES)[state[:2]])


def test_the_table_knows_every_class_of_the_documentation() -> None:
    assert len(all_states()) > 200
    assert {state[:2] for state in all_states()} <= by_state(CLASSES).keys()


@pytest.mark.parametrize("name", by_state(CLASSES))
def test_a_new_state_gets_the_action_of_its_class(name: str) -> None:
    assert action_for(f"{name}ZZZ") is by_state(CLASSES)[name]


@pytest.mark.parametrize("state", SETUP)
def test_a_setup_fault_has_its_code_and_advice(state: str) -> None:
    fault = translate(of_state(state.ljust(5, "0")))

    assert isinstance(fault, DatabaseFault)
    assert isinstance(fault, DatabaseAway)
    assert isinstance(fault, SetupFault)
    assert f"SQLSTATE {state}" in str(fault)
    assert fault.advice
    assert f"`{fault.code}`" in RUNBOOK


def test_only_the_message_of_a_missing_right_is_quoted() -> None:
    quoted = [s for s in all_states() if "SINOVOV" in str(translate(of_state(s)))]

    assert {action_for(state) for state in set(quoted) - {"42501"}} == {
        ErrorAction.BROKEN,
        ErrorAction.RECORD,
    }


def test_a_constraint_or_a_trigger_is_named_with_its_table() -> None:
    fields = {"s": "own", "t": "loans", "n": "loans_student_fkey"}

    assert described(of_state("23503", **fields)) == (
        "ForeignKeyViolationError (SQLSTATE 23503), table own.loans, constraint loans_student_fkey"
    )


@pytest.mark.parametrize("state", ["42P01", "42703", "42883", "0A000"])
def test_a_trigger_that_is_broken_is_named_and_does_not_end_the_loader(state: str) -> None:
    where = 'SQL statement "…"\nPL/pgSQL function own.note(text) line 3 at SQL statement'

    error = of_state(state, W=where)

    assert action_of(error) is ErrorAction.SETUP
    fault = translate(error)
    assert isinstance(fault, DatabaseFault)
    assert fault.code == "own_trigger_fails"
    assert "function own.note" in fault.detail
    assert isinstance(translate(of_state(state)), SchemaBroken)
