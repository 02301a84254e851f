"""Waiting for what a process needs, for ever, but visibly and not beyond the stop."""

import asyncio
import logging
from collections.abc import Iterator

import pytest
from typing_extensions import override

from libs.common.contracts.heartbeats import Finding
from libs.common.errors import SetupFault
from libs.common.process.lifecycle import Stop, Stopped
from libs.common.process.readiness import Readiness


class InstantStop(Stop):
    """Waits no time, and comes after so many waits; remembers how long it should have waited."""

    def __init__(self, waits: float = float("inf")) -> None:
        super().__init__()
        self.waited: list[float] = []
        self._waits = waits

    @override
    async def wait(self, seconds: float | None = None) -> bool:
        self.waited.append(seconds or 0.0)
        if len(self.waited) >= self._waits:
            self.set()
        return self.is_set()


class Cellar:
    """Opens after so many knocks."""

    def __init__(self, *errors: Exception) -> None:
        self._errors: Iterator[Exception] = iter(errors)
        self.knocks = 0

    async def open(self) -> str:
        self.knocks += 1
        for error in self._errors:
            raise error
        return "wine"


def opened(stop: Stop) -> Readiness:
    return Readiness(("cellar", "oven"), stop)


def test_no_dependency_is_ready_before_it_answers() -> None:
    readiness = opened(Stop())

    assert not readiness.ready()
    assert readiness.states() == {
        "cellar": "not connected yet",
        "oven": "not connected yet",
    }


def test_the_process_is_ready_when_all_dependencies_are() -> None:
    readiness = opened(Stop())

    readiness.available("cellar")
    assert not readiness.ready()

    readiness.available("oven")
    assert readiness.ready()


def test_a_dependency_that_goes_away_is_named_with_its_reason() -> None:
    readiness = opened(Stop())
    readiness.available("cellar")

    readiness.away("cellar", "flooded")

    assert readiness.states()["cellar"] == "flooded"
    assert not readiness.ready()


def test_a_setup_fault_is_a_finding_until_the_dependency_answers() -> None:
    readiness = opened(Stop())

    readiness.away("cellar", SetupFault("no_key", "the cellar is locked", "hand out the key"))

    assert readiness.states()["cellar"] == "the cellar is locked: hand out the key"
    assert readiness.findings() == (
        Finding(
            subject="cellar",
            code="no_key",
            detail="the cellar is locked",
            advice="hand out the key",
        ),
    )
    readiness.available("cellar")
    assert readiness.findings() == ()


def test_an_outage_after_a_setup_fault_is_not_a_finding() -> None:
    readiness = opened(Stop())
    readiness.away("cellar", SetupFault("no_key", "the cellar is locked", "hand out the key"))

    readiness.away("cellar", ConnectionError("flooded"))

    assert readiness.findings() == ()
    assert readiness.states()["cellar"] == "ConnectionError: flooded"


def test_changing_the_returned_states_changes_nothing() -> None:
    readiness = opened(Stop())

    readiness.states()["cellar"] = "ok"

    assert readiness.states()["cellar"] == "not connected yet"


async def test_an_outage_is_waited_for_until_it_ends() -> None:
    cellar = Cellar(*[ConnectionError("locked")] * 20)
    readiness = opened(InstantStop())

    found = await readiness.wait_for("cellar", cellar.open, OSError)

    assert found == "wine"
    assert cellar.knocks == 21
    assert readiness.states()["cellar"] == "ok"


async def test_waits_grow_to_at_most_five_seconds() -> None:
    stop = InstantStop()
    cellar = Cellar(*[ConnectionError("locked")] * 60)

    await opened(stop).wait_for("cellar", cellar.open, OSError)

    assert max(stop.waited) <= 5
    assert max(stop.waited[:3]) <= 0.8
    assert sum(stop.waited[-40:]) > 40


async def test_the_dependency_is_named_during_the_wait() -> None:
    readiness = opened(InstantStop(waits=3))

    with pytest.raises(Stopped):
        await readiness.wait_for("cellar", Cellar(*[ConnectionError("locked")] * 9).open, OSError)

    assert readiness.states()["cellar"] == "ConnectionError: locked"


async def test_a_stop_ends_a_wait_of_any_length() -> None:
    stop = Stop()
    readiness = opened(stop)
    forever = Cellar(*[ConnectionError("locked")] * 999)

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(raises_stopped(readiness, forever))
        await asyncio.sleep(0)
        stop.set()

    assert waiting.result()


async def raises_stopped(readiness: Readiness, cellar: Cellar) -> bool:
    with pytest.raises(Stopped):
        await readiness.wait_for("cellar", cellar.open, OSError)
    return True


async def test_an_error_that_is_not_an_outage_is_raised() -> None:
    cellar = Cellar(ValueError("no such cellar"))

    with pytest.raises(ValueError, match="no such cellar"):
        await opened(InstantStop()).wait_for("cellar", cellar.open, OSError)

    assert cellar.knocks == 1


async def test_an_outage_is_logged_once_and_its_end_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    await opened(InstantStop()).wait_for(
        "cellar", Cellar(*[ConnectionError("locked")] * 20).open, OSError
    )

    assert caplog.messages == [
        "waiting for cellar: ConnectionError: locked",
        "cellar is available",
    ]


async def test_a_setup_fault_stays_while_it_blocks_a_wait() -> None:
    """A right that lacks for one topic: the beats, on another, are confirmed all the time."""
    fault = SetupFault("no_key", "the cellar is locked", "hand out the key")
    seen: list[tuple[str, ...]] = []

    class Served(InstantStop):
        @override
        async def wait(self, seconds: float | None = None) -> bool:
            readiness.available("cellar")
            seen.append(tuple(finding.code for finding in readiness.findings()))
            return await super().wait(seconds)

    readiness = opened(Served())
    await readiness.wait_for("cellar", Cellar(fault, fault).open, SetupFault)

    assert seen == [("no_key",), ("no_key",)]
    assert readiness.findings() == ()
    assert readiness.states()["cellar"] == "ok"


async def test_a_setup_fault_without_waits_ends_with_the_next_answer() -> None:
    fault = SetupFault("no_key", "the cellar is locked", "hand out the key")
    readiness = opened(InstantStop(waits=1))
    with pytest.raises(Stopped):
        await readiness.wait_for("cellar", Cellar(fault).open, SetupFault)

    readiness.available("cellar")

    assert readiness.states()["cellar"] == "ok"
