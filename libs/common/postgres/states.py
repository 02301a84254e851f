"""What each SQLSTATE asks for: to wait, to refuse one record, or to change the set-up. Pure data.

Source: PostgreSQL's documentation, appendix A. A state outranks its class. What is not named here
is an error in our own SQL, or a schema that is not as the migrations left it.
"""

from enum import Enum, auto
from typing import NamedTuple


class Answer(Enum):
    """What an error of PostgreSQL asks for."""

    WAIT = auto()
    RECORD = auto()
    """This record is refused, the others go on."""
    SETUP = auto()
    """Something outside of us is wrong; it goes on by itself once somebody has changed it."""
    CONFIGURATION = auto()
    """A setting of ours is wrong, so that waiting cannot help."""
    BROKEN = auto()


class Change(NamedTuple):
    """What somebody has to change; ``code`` is stable, for programs and the runbook."""

    code: str
    advice: str


_WAIT = (
    *("08", "40", "53", "55", "57", "XX"),  # connection, rollback, resources, locks, operator
    *("25P03", "25P04"),  # time-outs of a transaction
    "26",  # a prepared statement that a pooler or a failover forgot
    "72",  # snapshot too old
)
_RECORD = (
    *("22", "23", "44", "54"),  # value, constraint, check option, size of a row
    *("38", "39", "P0"),  # a trigger of the university's own says no
)
_CONFIGURATION = ("28",)  # role or password
_BROKEN = ("55P02",)  # a setting of ours is refused

_DAMAGED = Change("database_damaged", "look at PostgreSQL's log and at its disk")
_CONFIG_FILE = Change("database_configuration", "correct what PostgreSQL's own log names")

SETUP = {
    "25006": Change(
        "database_read_only",
        "let DATABASE_URL name the primary, or reset default_transaction_read_only",
    ),
    "3D": Change("database_missing", "create the database, or let DATABASE_URL name another one"),
    "42501": Change(
        "database_rights_missing",
        "GRANT the right to the user of DATABASE_URL (for row-level security: a policy or"
        " BYPASSRLS), or make it the owner where it must be",
    ),
    "53100": Change("database_disk_full", "make room on the disk of PostgreSQL"),
    "53200": Change("database_memory_full", "give PostgreSQL more memory, or fewer connections"),
    "53300": Change(
        "database_connections_full",
        "raise max_connections, or the CONNECTION LIMIT of the database or of the user",
    ),
    "53400": Change("database_limit_reached", "raise the limit that PostgreSQL's own log names"),
    "58": _DAMAGED,
    "F0": _CONFIG_FILE,
    "HV": Change("foreign_table_fails", "mend the foreign table, or drop the trigger that uses it"),
    "XX001": _DAMAGED,
    "XX002": Change("database_damaged", "REINDEX what PostgreSQL's own log names"),
}

_ANSWERS = {
    **dict.fromkeys(_WAIT, Answer.WAIT),
    **dict.fromkeys(_RECORD, Answer.RECORD),
    **dict.fromkeys(SETUP, Answer.SETUP),
    **dict.fromkeys(_CONFIGURATION, Answer.CONFIGURATION),
    **dict.fromkeys(_BROKEN, Answer.BROKEN),
}


def answer_to(state: str) -> Answer:
    return _ANSWERS.get(state) or _ANSWERS.get(state[:2]) or Answer.BROKEN


def change_for(state: str) -> Change:
    """Say what to change; only for a state whose answer is ``SETUP``."""
    return SETUP[state] if state in SETUP else SETUP[state[:2]]
