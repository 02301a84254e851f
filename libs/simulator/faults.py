"""Faults that are switched on while the simulator runs. Pure: what they do is in ``web``."""

from typing import Annotated, Literal

import msgspec

Endpoint = Literal["student-list", "employee-list", "student-info"]
Kind = Literal["latency", "wrong_total", "status", "html", "success_false", "not_json", "truncate"]
Stage = Literal["wait", "count", "answer", "send"]

STAGES: dict[Kind, Stage] = {
    "latency": "wait",
    "wrong_total": "count",
    "status": "answer",
    "html": "answer",
    "success_false": "answer",
    "not_json": "answer",
    "truncate": "send",
}
"""Where a fault strikes: before the answer, in its counts, instead of it, or while it is sent."""


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One fault of ``POST /control/faults``; the values are read by the kinds that need them."""

    kind: Kind
    endpoint: Endpoint | None = None
    page: int | None = None
    times: Annotated[int, msgspec.Meta(ge=1)] | None = None
    """Requests left to strike; null = for ever."""
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 503
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 1.0
    retry_after: str | None = None
    delta: int = 0
    """Added to the real total."""

    def strikes(self, endpoint: Endpoint, page: int) -> bool:
        return self.endpoint in {None, endpoint} and self.page in {None, page}


Due = dict[Stage, Fault]
"""The faults of one request, at most one a stage."""


class FaultBoard:
    """The faults in force, in the order they were added."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def in_force(self) -> tuple[Fault, ...]:
        return tuple(self._faults)

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def due(self, endpoint: Endpoint, page: int) -> Due:
        """What strikes this request; its faults are spent by it."""
        due: Due = {}
        for fault in self._faults:
            if fault.strikes(endpoint, page):
                due.setdefault(STAGES[fault.kind], fault)
        for fault in due.values():
            self._spend(fault)
        return due

    def _spend(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times == 0:
            self._faults.remove(fault)
