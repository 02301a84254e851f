"""Faults that are switched on while the simulator runs. Pure: what they do is in ``web``."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from libs.simulator.invented.dice import Dice

Endpoint = Literal["student-list", "employee-list", "student-info", "department-list"]
Kind = Literal[
    "latency",
    "drift",
    "upgrade",
    "wrong_total",
    "wrong_page",
    "short",
    "status",
    "redirect",
    "html",
    "success_false",
    "not_json",
    "wrong_type",
    "truncate",
    "wrong_length",
    "drip",
    "reset",
    "huge",
    "gzip_bomb",
]
Stage = Literal["wait", "drift", "version", "list", "answer", "send"]

STAGES: dict[Kind, Stage] = {
    "latency": "wait",
    "drift": "drift",
    "upgrade": "version",
    "wrong_total": "list",
    "wrong_page": "list",
    "short": "list",
    "status": "answer",
    "redirect": "answer",
    "html": "answer",
    "success_false": "answer",
    "not_json": "answer",
    "wrong_type": "send",
    "truncate": "send",
    "wrong_length": "send",
    "drip": "send",
    "reset": "send",
    "huge": "send",
    "gzip_bomb": "send",
}
"""Where a fault strikes: before the answer, in the list and its counts, instead of the answer, or
while it is sent."""

_SHARES = 1_000_000


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One fault of ``POST /control/faults``; the values are read by the kinds that need them."""

    kind: Kind
    endpoint: Endpoint | None = None
    page: int | None = None
    request: Annotated[int, msgspec.Meta(ge=1)] = 1
    """The first request struck, of those for this endpoint and page since the fault was added."""
    share: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1.0
    """So many of them are struck, by dice that the simulator's seed throws."""
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Requests left to strike; null = for ever."""
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 503
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    retry_after: str | None = None
    location: str = "http://127.0.0.1:1/"
    delta: int = 0
    """Added to the real total, to the page's number, or to the number of its items."""
    remove: Annotated[int, msgspec.Meta(ge=0)] = 0
    """So many people leave from the start of the list."""
    add: Annotated[int, msgspec.Meta(ge=0)] = 0
    """So many new ones join at its start."""
    settings: dict[str, Any] = {}
    """Settings that change, as of ``POST /control/settings``."""


class Skew(NamedTuple):
    """By how much a list is wrong."""

    total: int = 0
    page: int = 0
    items: int = 0


_SKEWED: dict[Kind, str] = {"wrong_total": "total", "wrong_page": "page", "short": "items"}

Due = dict[Stage, Fault]
"""The faults of one request, at most one a stage."""


def skew_of(due: Due) -> Skew:
    fault = due.get("list")
    return Skew() if fault is None else Skew(**{_SKEWED[fault.kind]: fault.delta})


@dataclass
class _Armed:
    """A fault in force, and how many requests it could have struck."""

    fault: Fault
    number: int
    fitting: int = 0

    def strikes(self, endpoint: Endpoint, page: int, seed: int) -> bool:
        """Judge one more request."""
        fault = self.fault
        if fault.endpoint not in {None, endpoint} or fault.page not in {None, page}:
            return False
        self.fitting += 1
        thrown = Dice(seed, f"fault-{self.number}", self.fitting).number(_SHARES)
        return self.fitting >= fault.request and thrown < fault.share * _SHARES


class FaultBoard:
    """The faults in force, in the order they were added."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._added = 0
        self._armed: list[_Armed] = []

    def in_force(self) -> tuple[Fault, ...]:
        return tuple(armed.fault for armed in self._armed)

    def add(self, fault: Fault) -> None:
        self._added += 1
        self._armed.append(_Armed(fault, self._added))

    def clear(self) -> None:
        self._armed.clear()

    def due(self, endpoint: Endpoint, page: int) -> Due:
        """What strikes this request; its faults are spent by it."""
        due: Due = {}
        for armed in self._armed:
            if armed.strikes(endpoint, page, self._seed):
                due.setdefault(STAGES[armed.fault.kind], armed.fault)
        for fault in due.values():
            if fault.times is not None:
                fault.times -= 1
        self._armed = [armed for armed in self._armed if armed.fault.times != 0]
        return due
