"""Alerts on the topic: raised once, cleared once, by however many gateways."""

import itertools
from typing import TypeVar

import pytest

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import AlertCleared, AlertRaised, Event
from libs.common.contracts.resources import Resource
from libs.common.kafka.in_memory import InMemoryBroker
from services.gateway.alerts.publisher import AlertPublisher, AlertRules
from services.gateway.projection.alerts import AlertLog
from tests.unit.gateway.fake_gateway import FakeGateway, FixedClock
from tests.unit.gateway.sample_messages import HOUR, SYNC, T0, beat, fetched, finished, started

STALE_AFTER = 26 * HOUR
NEXT = "5f0c2a34-0000-4000-8000-000000000002"
E = TypeVar("E", AlertRaised, AlertCleared)
FAILED: tuple[Event, ...] = (started(), fetched(Outcome.FAILED, reason="HEMIS is away"))


class Lookout:
    """A gateway that looks for alerts."""

    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway = gateway
        watch = AlertRules("hemis", STALE_AFTER)
        self._raising = AlertPublisher(watch, gateway.view, gateway.outbox)

    async def look(self) -> None:
        self.gateway.read_back()
        await self._raising.look()

    def beat(self) -> None:
        self.gateway.view.projection.beat("gateway", beat("gateway", self.gateway.clock.now))


async def lookouts(count: int) -> list[Lookout]:
    broker, clock = InMemoryBroker(), FixedClock()
    found = [Lookout(await FakeGateway(broker, clock).open()) for _ in range(count)]
    for lookout in found:
        lookout.beat()
    return found


def said(lookout: Lookout, kind: type[E]) -> list[E]:
    return [event for event in lookout.gateway.events() if isinstance(event, kind)]


async def test_three_gateways_raise_the_same_alert_and_each_only_once() -> None:
    three = await lookouts(3)
    await three[0].gateway.receive(*FAILED)

    for lookout in three:
        lookout.gateway.read_back()
    for lookout in three:
        await lookout._raising.look()  # before any has read what the others said
    for lookout in three * 5:
        await lookout.look()

    raised = said(three[0], AlertRaised)
    assert len(raised) == 3
    assert len({event.alert_id for event in raised}) == 1
    assert {(event.alert, event.sync_id) for event in raised} == {("failed", SYNC)}


async def test_an_alert_that_others_raised_is_not_raised_again() -> None:
    first, second = await lookouts(2)
    await first.gateway.receive(*FAILED)

    await first.look()
    await second.look()

    assert len(said(first, AlertRaised)) == 1


async def test_what_is_over_is_cleared_once_and_not_raised_again() -> None:
    (lookout,) = await lookouts(1)
    await lookout.gateway.receive(*FAILED)
    await lookout.look()
    await lookout.gateway.receive(started(sync_id=NEXT, at=T0 + 1), finished(sync_id=NEXT))

    for _ in range(3):
        await lookout.look()

    (raised,), (cleared,) = said(lookout, AlertRaised), said(lookout, AlertCleared)
    assert cleared.alert_id == raised.alert_id
    assert lookout.gateway.view.projection.alerts.standing() == []


async def test_a_clock_that_is_behind_clears_nothing_that_a_right_one_raised() -> None:
    (right,) = await lookouts(1)
    behind = Lookout(await FakeGateway(right.gateway.broker, FixedClock()).open())
    await right.gateway.receive(started(), finished(at=T0))
    right.gateway.clock.now = T0 + STALE_AFTER + 1
    behind.gateway.clock.now = right.gateway.clock.now - 8_000
    for lookout in (right, behind):
        lookout.beat()

    for lookout in (right, behind, behind):
        await lookout.look()

    assert [event.alert for event in said(right, AlertRaised)] == ["stale"]
    assert said(right, AlertCleared) == []


async def test_a_service_that_is_heard_again_is_stalled_no_more() -> None:
    (lookout,) = await lookouts(1)
    projection, now = lookout.gateway.view.projection, T0 + 30_000
    await lookout.gateway.receive(started())
    projection.beat("fetcher", beat("fetcher", T0))
    projection.beat("loader", beat("loader", now))
    lookout.gateway.clock.now = now
    lookout.beat()

    await lookout.look()
    projection.beat("fetcher", beat("fetcher", now - 5_000))
    await lookout.look()

    assert [event.alert for event in said(lookout, AlertRaised)] == ["stalled"]
    assert len(said(lookout, AlertCleared)) == 1


async def test_who_does_not_hear_its_own_beats_judges_nobody() -> None:
    (lookout,) = await lookouts(1)
    await lookout.gateway.receive(*FAILED)

    lookout.gateway.clock.now += 60_000
    await lookout.look()
    silent = said(lookout, AlertRaised)
    lookout.beat()
    await lookout.look()

    assert silent == []
    assert len(said(lookout, AlertRaised)) == 1


async def test_what_kafka_did_not_confirm_is_said_after_the_next_look() -> None:
    (lookout,) = await lookouts(1)
    await lookout.gateway.receive(*FAILED)
    lookout.gateway.kafka.away = True

    await lookout.look()
    lookout.gateway.kafka.away = False
    await lookout.look()

    assert len(said(lookout, AlertRaised)) == 1


def raised(name: str, at: int = T0) -> AlertRaised:
    return AlertRaised(
        sync_id=SYNC, resource=Resource.STUDENTS, at=at, alert="failed", detail="", alert_id=name
    )


def cleared(name: str) -> AlertCleared:
    return AlertCleared(
        sync_id=SYNC, resource=Resource.STUDENTS, at=T0, alert="failed", alert_id=name
    )


WORDS = [(raised("a"), 0), (raised("a", T0 + 9), 1), (raised("b"), 2), (cleared("a"), 3)]


@pytest.mark.parametrize("words", list(itertools.permutations(WORDS)))
def test_the_first_word_counts_in_whatever_order_they_are_read(
    words: tuple[tuple[AlertRaised | AlertCleared, int], ...],
) -> None:
    alerted = AlertLog()
    for event, place in (*words, *words):
        alerted.add(event, place)

    assert alerted.standing() == [raised("b")]
    assert alerted.first_place(raised("a", T0 + 9)) == 0
    assert alerted.is_known("a")


def test_alerts_are_forgotten_with_their_topic() -> None:
    alerted = AlertLog()
    alerted.add(raised("old"), 0)
    alerted.add(raised("new", T0 + HOUR), 1)

    alerted.forget(T0 + 1)

    assert [event.alert_id for event in alerted.standing()] == ["new"]
    assert not alerted.is_known("old")
