"""Speed, silent services and single records in the progress."""

from libs.common.contracts.commands import Command
from libs.common.contracts.enums import Kind
from libs.common.contracts.events import Event
from libs.common.contracts.heartbeats import Beat
from services.gateway.projection.projection import Projection
from services.gateway.views.liveness import FETCHER, LOADER, NO_SILENCE, Silence, silent_services
from services.gateway.views.progress import report_of
from services.gateway.views.schemas import Report
from services.gateway.views.snapshot import snapshot_of
from services.gateway.views.status import Status
from tests.unit.gateway.sample_messages import (
    READ_AT,
    SYNC,
    T0,
    fetch,
    fetched,
    finished,
    loaded,
    page,
    start,
    started,
)


def shown(
    *messages: Command | Event, now: int = T0 + 1000, silence: Silence = NO_SILENCE
) -> Report:
    projection = Projection()
    for place, message in enumerate(messages):
        if isinstance(message, Command):
            projection.fold_command(message, place)
        else:
            projection.fold_event(message, place)
    sync = projection.find(SYNC)
    assert sync is not None
    return report_of(snapshot_of(sync, now, silence))


def test_speed_and_remaining_time_come_from_the_last_minute() -> None:
    pages = [loaded(number) for number in range(1, 201)]

    report = shown(started(), page(200), *pages, now=T0 + 201_000)

    assert report.records_per_second == 50
    assert report.eta_seconds == (23_238 - 10_000) // 50


def test_a_silent_service_stalls_only_a_running_sync() -> None:
    silence = {LOADER: T0 + 3_723_000}

    running = shown(started(), silence=silence)

    assert running.status is Status.STALLED
    assert running.message == "Stalled: no sign of life from the loader since 19:42:03 UTC"
    assert shown(started(), finished(), silence=silence).status is Status.COMPLETED
    assert shown(start(), silence=silence).status is Status.REQUESTED


def test_a_service_is_silent_after_20_seconds_or_a_graceful_stop() -> None:
    projection = Projection()
    projection.heartbeats.add("f1", beat(FETCHER, T0), READ_AT)
    projection.heartbeats.add("f2", beat(FETCHER, T0 + 5000), READ_AT)
    projection.heartbeats.add("l1", beat(LOADER, T0 + 20_000), READ_AT)

    assert silent_services(projection.heartbeats, T0 + 25_000) == {}
    assert silent_services(projection.heartbeats, T0 + 25_001) == {FETCHER: T0 + 5000}

    projection.heartbeats.add("l1", None, READ_AT)

    assert silent_services(projection.heartbeats, T0 + 20_000) == {LOADER: None}


def test_a_standby_counts_only_as_long_as_a_takeover_may_last() -> None:
    projection = Projection()
    projection.heartbeats.add("f1", beat(FETCHER, T0, instance="f1"), READ_AT)
    projection.heartbeats.add("l1", beat(LOADER, T0 + 60_000), READ_AT)
    for at in (T0 - 60_000, T0 + 19_000, T0 + 24_000):
        projection.heartbeats.add("f2", beat(FETCHER, at, "standby", "f2"), READ_AT)

    assert silent_services(projection.heartbeats, T0 + 20_000) == {}
    assert silent_services(projection.heartbeats, T0 + 20_001) == {FETCHER: T0}

    projection.heartbeats.add("f2", beat(FETCHER, T0 + 25_000, instance="f2"), READ_AT)

    assert silent_services(projection.heartbeats, T0 + 25_000) == {}


def test_a_fetcher_that_comes_back_counts_from_its_first_beat() -> None:
    projection = Projection()
    projection.heartbeats.add("f1", beat(FETCHER, T0, instance="f1"), READ_AT)
    projection.heartbeats.add("l1", beat(LOADER, T0 + 60_000), READ_AT)
    projection.heartbeats.add("f2", beat(FETCHER, T0 + 60_000, "standby", "f2"), READ_AT)

    assert silent_services(projection.heartbeats, T0 + 60_000) == {}


def test_one_remaining_loader_is_enough() -> None:
    projection = Projection()
    projection.heartbeats.add("f1", beat(FETCHER, T0 + 60_000), READ_AT)
    projection.heartbeats.add("l1", beat(LOADER, T0, instance="l1"), READ_AT)
    projection.heartbeats.add("l2", beat(LOADER, T0 + 60_000, instance="l2"), READ_AT)

    assert silent_services(projection.heartbeats, T0 + 60_000) == {}


def test_a_single_record_has_its_own_messages() -> None:
    begun = started(kind=Kind.SINGLE)

    assert shown(fetch(), begun).message == "Asking HEMIS for the record..."
    assert shown(fetch(), begun, fetched()).message == "Storing the record..."
    assert shown(fetch()).kind is Kind.SINGLE


def beat(service: str, at: int, state: str = "active", instance: str = "i") -> Beat:
    return Beat(instance=instance, service=service, version="1", state=state, at=at, checks={})
