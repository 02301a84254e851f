"""Which processes are alive, by their heartbeats."""

from msgspec.structs import replace

from services.gateway.diagnosis import diagnose
from services.gateway.projection.heartbeats import HeartbeatLog
from services.gateway.views.liveness import FETCHER, LOADER, silent_services
from tests.unit.gateway.sample_messages import HOUR, T0, beat

MINUTE = HOUR // 60


def test_a_heartbeat_dated_in_the_future_keeps_no_dead_service_alive() -> None:
    heartbeats = HeartbeatLog()
    heartbeats.add(FETCHER, beat(FETCHER, T0 + 100 * HOUR), T0)
    heartbeats.add(LOADER, beat(LOADER, T0 + MINUTE), T0 + MINUTE)

    (received, _) = heartbeats.all()

    assert received.is_alive(T0 + 1)
    assert not received.is_alive(T0 + MINUTE)
    assert silent_services(heartbeats, T0 + MINUTE) == {FETCHER: T0}


def test_doctor_names_the_clock_of_a_living_service_and_a_dead_one_as_not_seen() -> None:
    heartbeats = HeartbeatLog()
    heartbeats.add(FETCHER, beat(FETCHER, T0 + 100 * HOUR), T0)

    def codes(now: int) -> set[str]:
        found = diagnose((), heartbeats.all(), now)
        return {one.finding.code for one in found if one.service == FETCHER}

    assert "clock_differs" in codes(T0 + 1)
    assert codes(T0 + MINUTE) == {"service_not_seen"}


def test_a_standby_dated_in_the_future_counts_no_longer_than_any_other() -> None:
    heartbeats = HeartbeatLog()
    heartbeats.add(FETCHER, replace(beat(FETCHER, T0 + 100 * HOUR), state="standby"), T0)

    assert heartbeats.last_at(FETCHER) == T0
