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
    """Waits no time, and is set after ``waits`` waits; records the seconds of each wait."""

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


class FakeDependency:
    """Raises the given errors one after the other, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self._errors: Iterator[Exception] = iter(errors)
        self.attempts = 0

    async def connect(self) -> str:
        self.attempts += 1
        for error in self._errors:
            raise error
        return "connected"


def readiness_of(stop: Stop) -> Readiness:
    return Readiness(("postgresql", "kafka"), stop)


def test_no_dependency_is_ready_before_it_answers() -> None:
    readiness = readiness_of(Stop())

    assert not readiness.ready()
    assert readiness.states() == {
        "postgresql": "not connected yet",
        "kafka": "not connected yet",
    }


def test_the_process_is_ready_when_all_dependencies_are() -> None:
    readiness = readiness_of(Stop())

    readiness.available("postgresql")
    assert not readiness.ready()

    readiness.available("kafka")
    assert readiness.ready()


def test_a_dependency_that_goes_away_is_named_with_its_reason() -> None:
    readiness = readiness_of(Stop())
    readiness.available("postgresql")

    readiness.away("postgresql", "connection lost")

    assert readiness.states()["postgresql"] == "connection lost"
    assert not readiness.ready()


def test_a_setup_fault_is_a_finding_until_the_dependency_answers() -> None:
    readiness = readiness_of(Stop())

    readiness.away(
        "postgresql", SetupFault("right_missing", "a right is missing", "grant the right")
    )

    assert readiness.states()["postgresql"] == "a right is missing: grant the right"
    assert readiness.findings() == (
        Finding(
            subject="postgresql",
            code="right_missing",
            detail="a right is missing",
            advice="grant the right",
        ),
    )
    readiness.available("postgresql")
    assert readiness.findings() == ()


def test_an_outage_after_a_setup_fault_is_not_a_finding() -> None:
    readiness = readiness_of(Stop())
    readiness.away(
        "postgresql", SetupFault("right_missing", "a right is missing", "grant the right")
    )

    readiness.away("postgresql", ConnectionError("connection lost"))

    assert readiness.findings() == ()
    assert readiness.states()["postgresql"] == "ConnectionError: connection lost"


def test_changing_the_returned_states_changes_nothing() -> None:
    readiness = readiness_of(Stop())

    readiness.states()["postgresql"] = "ok"

    assert readiness.states()["postgresql"] == "not connected yet"


async def test_an_outage_is_waited_for_until_it_ends() -> None:
    dependency = FakeDependency(*[ConnectionError("refused")] * 20)
    readiness = readiness_of(InstantStop())

    found = await readiness.wait_for("postgresql", dependency.connect, OSError)

    assert found == "connected"
    assert dependency.attempts == 21
    assert readiness.states()["postgresql"] == "ok"


async def test_waits_grow_to_at_most_five_seconds() -> None:
    stop = InstantStop()
    dependency = FakeDependency(*[ConnectionError("refused")] * 60)

    await readiness_of(stop).wait_for("postgresql", dependency.connect, OSError)

    assert max(stop.waited) <= 5
    assert max(stop.waited[:3]) <= 0.8
    assert sum(stop.waited[-40:]) > 40


async def test_the_dependency_is_named_during_the_wait() -> None:
    readiness = readiness_of(InstantStop(waits=3))

    with pytest.raises(Stopped):
        await readiness.wait_for(
            "postgresql", FakeDependency(*[ConnectionError("refused")] * 9).connect, OSError
        )

    assert readiness.states()["postgresql"] == "ConnectionError: refused"


async def test_a_stop_ends_a_wait_of_any_length() -> None:
    stop = Stop()
    readiness = readiness_of(stop)
    forever = FakeDependency(*[ConnectionError("refused")] * 999)

    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(raises_stopped(readiness, forever))
        await asyncio.sleep(0)
        stop.set()

    assert waiting.result()


async def raises_stopped(readiness: Readiness, dependency: FakeDependency) -> bool:
    with pytest.raises(Stopped):
        await readiness.wait_for("postgresql", dependency.connect, OSError)
    return True


async def test_an_error_that_is_not_an_outage_is_raised() -> None:
    dependency = FakeDependency(ValueError("wrong argument"))

    with pytest.raises(ValueError, match="wrong argument"):
        await readiness_of(InstantStop()).wait_for("postgresql", dependency.connect, OSError)

    assert dependency.attempts == 1


async def test_an_outage_is_logged_once_and_its_end_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    await readiness_of(InstantStop()).wait_for(
        "postgresql", FakeDependency(*[ConnectionError("refused")] * 20).connect, OSError
    )

    assert caplog.messages == [
        "waiting for postgresql: ConnectionError: refused",
        "postgresql is available",
    ]


async def test_a_setup_fault_stays_while_it_blocks_a_wait() -> None:
    """A right that lacks for one topic: the beats, on another, are confirmed all the time."""
    fault = SetupFault("right_missing", "a right is missing", "grant the right")
    seen: list[tuple[str, ...]] = []

    class Served(InstantStop):
        @override
        async def wait(self, seconds: float | None = None) -> bool:
            readiness.available("postgresql")
            seen.append(tuple(finding.code for finding in readiness.findings()))
            return await super().wait(seconds)

    readiness = readiness_of(Served())
    await readiness.wait_for("postgresql", FakeDependency(fault, fault).connect, SetupFault)

    assert seen == [("right_missing",), ("right_missing",)]
    assert readiness.findings() == ()
    assert readiness.states()["postgresql"] == "ok"


async def test_a_setup_fault_without_waits_ends_with_the_next_answer() -> None:
    fault = SetupFault("right_missing", "a right is missing", "grant the right")
    readiness = readiness_of(InstantStop(waits=1))
    with pytest.raises(Stopped):
        await readiness.wait_for("postgresql", FakeDependency(fault).connect, SetupFault)

    readiness.available("postgresql")

    assert readiness.states()["postgresql"] == "ok"
