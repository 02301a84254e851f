"""Alerts on the topic: raised once and cleared once by any number of gateways."""

import itertools
from typing import TypeVar

import pytest

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import AlertCleared, AlertRaised, Event
from libs.common.contracts.resources import Resource
from libs.common.kafka.in_memory import InMemoryBroker
from services.gateway.alerts.conditions import AlertRules
from services.gateway.alerts.publisher import AlertPublisher
from services.gateway.projection.alerts import AlertLog
from tests.unit.gateway.fake_gateway import FakeGateway, FixedClock
from tests.unit.gateway.sample_messages import (
    HOUR,
    READ_AT,
    SYNC,
    T0,
    beat,
    fetched,
    finished,
    started,
)

STALE_AFTER = 26 * HOUR
NEXT = "5f0c2a34-0000-4000-8000-000000000002"
E = TypeVar("E", AlertRaised, AlertCleared)
FAILED: tuple[Event, ...] = (started(), fetched(Outcome.FAILED, reason="HEMIS is away"))


class AlertingGateway:
    """A gateway that publishes alerts."""

    def __init__(self, gateway: FakeGateway) -> None:
        self.gateway = gateway
        rules = AlertRules("hemis", STALE_AFTER)
        self._publisher = AlertPublisher(rules, gateway.view, gateway.publisher)

    async def run_once(self) -> None:
        self.gateway.read_back()
        await self._publisher.run_once()

    def beat(self) -> None:
        self.gateway.view.projection.heartbeats.add(
            "gateway", beat("gateway", self.gateway.clock.now), READ_AT
        )


async def alerting_gateways(count: int) -> list[AlertingGateway]:
    broker, clock = InMemoryBroker(), FixedClock()
    found = [AlertingGateway(await FakeGateway(broker, clock).open()) for _ in range(count)]
    for one in found:
        one.beat()
    return found


def published(one: AlertingGateway, kind: type[E]) -> list[E]:
    return [event for event in one.gateway.events() if isinstance(event, kind)]


async def test_three_gateways_raise_the_same_alert_and_each_only_once() -> None:
    three = await alerting_gateways(3)
    await three[0].gateway.receive(*FAILED)

    for one in three:
        one.gateway.read_back()
    for one in three:
        await one._publisher.run_once()  # before any has read what the others said
    for one in three * 5:
        await one.run_once()

    raised = published(three[0], AlertRaised)
    assert len(raised) == 3
    assert len({event.alert_id for event in raised}) == 1
    assert {(event.alert, event.sync_id) for event in raised} == {("failed", SYNC)}


async def test_an_alert_that_another_gateway_raised_is_not_raised_again() -> None:
    first, second = await alerting_gateways(2)
    await first.gateway.receive(*FAILED)

    await first.run_once()
    await second.run_once()

    assert len(published(first, AlertRaised)) == 1


async def test_an_alert_is_cleared_once_and_not_raised_again() -> None:
    (one,) = await alerting_gateways(1)
    await one.gateway.receive(*FAILED)
    await one.run_once()
    await one.gateway.receive(started(sync_id=NEXT, at=T0 + 1), finished(sync_id=NEXT))

    for _ in range(3):
        await one.run_once()

    (raised,), (cleared,) = published(one, AlertRaised), published(one, AlertCleared)
    assert cleared.alert_id == raised.alert_id
    assert one.gateway.view.projection.alerts.active() == []


async def test_a_gateway_whose_clock_is_behind_clears_no_alert() -> None:
    (right,) = await alerting_gateways(1)
    behind = AlertingGateway(await FakeGateway(right.gateway.broker, FixedClock()).open())
    await right.gateway.receive(started(), finished(at=T0))
    right.gateway.clock.now = T0 + STALE_AFTER + 1
    behind.gateway.clock.now = right.gateway.clock.now - 8_000
    for one in (right, behind):
        one.beat()

    for one in (right, behind, behind):
        await one.run_once()

    assert [event.alert for event in published(right, AlertRaised)] == ["stale"]
    assert published(right, AlertCleared) == []


async def test_a_service_that_is_heard_again_clears_the_stalled_alert() -> None:
    (one,) = await alerting_gateways(1)
    projection, now = one.gateway.view.projection, T0 + 30_000
    await one.gateway.receive(started())
    projection.heartbeats.add("fetcher", beat("fetcher", T0), READ_AT)
    projection.heartbeats.add("loader", beat("loader", now), READ_AT)
    one.gateway.clock.now = now
    one.beat()

    await one.run_once()
    projection.heartbeats.add("fetcher", beat("fetcher", now - 5_000), READ_AT)
    await one.run_once()

    assert [event.alert for event in published(one, AlertRaised)] == ["stalled"]
    assert len(published(one, AlertCleared)) == 1


async def test_a_gateway_that_does_not_receive_its_own_heartbeats_publishes_no_alerts() -> None:
    (one,) = await alerting_gateways(1)
    await one.gateway.receive(*FAILED)

    one.gateway.clock.now += 60_000
    await one.run_once()
    silent = published(one, AlertRaised)
    one.beat()
    await one.run_once()

    assert silent == []
    assert len(published(one, AlertRaised)) == 1


async def test_an_unconfirmed_alert_is_published_by_the_next_check() -> None:
    (one,) = await alerting_gateways(1)
    await one.gateway.receive(*FAILED)
    one.gateway.kafka.away = True

    await one.run_once()
    one.gateway.kafka.away = False
    await one.run_once()

    assert len(published(one, AlertRaised)) == 1


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
def test_the_first_event_of_an_alert_counts_in_any_order(
    words: tuple[tuple[AlertRaised | AlertCleared, int], ...],
) -> None:
    alert_log = AlertLog()
    for event, place in (*words, *words):
        alert_log.add(event, place)

    assert alert_log.active() == [raised("b")]
    assert alert_log.first_offset(raised("a", T0 + 9)) == 0
    assert alert_log.is_known("a")


def test_alerts_are_forgotten_with_their_topic() -> None:
    alert_log = AlertLog()
    alert_log.add(raised("old"), 0)
    alert_log.add(raised("new", T0 + HOUR), 1)

    alert_log.forget(T0 + 1)

    assert [event.alert_id for event in alert_log.active()] == ["new"]
    assert not alert_log.is_known("old")
