"""A table of SQLSTATEs: wait, refuse one record, or report a setup fault. Pure data.

Source: PostgreSQL's documentation, appendix A. The entry of a state wins over that of its class. A
state without an entry means an error in our own SQL, or a table that somebody has changed.
"""

from enum import Enum, auto
from typing import NamedTuple


class ErrorAction(Enum):
    """What to do about an error of PostgreSQL."""

    WAIT = auto()
    RECORD = auto()
    """This record is refused; the others are loaded."""
    SETUP = auto()
    """Something in PostgreSQL is wrong; work continues by itself after somebody changed it."""
    CONFIGURATION = auto()
    """A setting of ours is wrong, so waiting cannot help."""
    BROKEN = auto()


class Change(NamedTuple):
    """A finding's code, which is stable, and what somebody has to change."""

    code: str
    advice: str


_WAIT = (
    *("08", "40", "53", "55", "57", "XX"),  # connection, rollback, resources, locks, operator
    *("25P03", "25P04"),  # time-outs of a transaction
    "26",  # a prepared statement that a pooler or a failover dropped
    "72",  # snapshot too old
)
_RECORD = (
    *("22", "23", "44", "54"),  # value, constraint, check option, size of a row
    *("38", "39", "P0"),  # a trigger of the university raises an error
)
_CONFIGURATION = ("28",)  # role or password
_BROKEN = ("55P02",)  # a setting of ours is refused

_DAMAGED = Change("database_damaged", "check PostgreSQL's log and its disk")
_CONFIG_FILE = Change("database_configuration", "correct the setting that PostgreSQL's log names")

SETUP = {
    "25006": Change(
        "database_read_only",
        "point DATABASE_URL to the primary, or reset default_transaction_read_only",
    ),
    "3D": Change("database_missing", "create the database, or correct its name in DATABASE_URL"),
    "42501": Change(
        "database_rights_missing",
        "GRANT the right to the user of DATABASE_URL (for row-level security: a policy or"
        " BYPASSRLS), or make it the owner where it must be",
    ),
    "53100": Change("database_disk_full", "free space on PostgreSQL's disk"),
    "53200": Change(
        "database_memory_full", "give PostgreSQL more memory, or reduce its connections"
    ),
    "53300": Change(
        "database_connections_full",
        "raise max_connections, or the CONNECTION LIMIT of the database or of the user",
    ),
    "53400": Change("database_limit_reached", "raise the limit that PostgreSQL's log names"),
    "58": _DAMAGED,
    "F0": _CONFIG_FILE,
    "HV": Change(
        "foreign_table_fails", "repair the foreign table, or drop the trigger that uses it"
    ),
    "XX001": _DAMAGED,
    "XX002": Change("database_damaged", "REINDEX the index that PostgreSQL's log names"),
}

_ACTIONS = {
    **dict.fromkeys(_WAIT, ErrorAction.WAIT),
    **dict.fromkeys(_RECORD, ErrorAction.RECORD),
    **dict.fromkeys(SETUP, ErrorAction.SETUP),
    **dict.fromkeys(_CONFIGURATION, ErrorAction.CONFIGURATION),
    **dict.fromkeys(_BROKEN, ErrorAction.BROKEN),
}


def action_for(state: str) -> ErrorAction:
    return _ACTIONS.get(state) or _ACTIONS.get(state[:2]) or ErrorAction.BROKEN


def change_for(state: str) -> Change:
    """Return the finding of a state whose action is ``SETUP``."""
    return SETUP[state] if state in SETUP else SETUP[state[:2]]
