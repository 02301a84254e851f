"""How old a resource's tables are."""

from libs.common.contracts.events import Event
from services.gateway.projection.sync_state import SyncState
from services.gateway.views.freshness import Freshness, freshness_of
from tests.unit.gateway.sample_messages import HOUR, SYNC, T0, finished, started


def synced(*events: Event) -> SyncState:
    sync = SyncState(SYNC, events[0].resource)
    for place, event in enumerate(events):
        sync.fold_event(event, place)
    return sync


def test_the_last_complete_end_counts() -> None:
    early = synced(started(), finished(at=T0 + HOUR))
    late = synced(started(), finished(at=T0 + 3 * HOUR))
    incomplete = synced(started(), finished(at=T0 + 5 * HOUR, complete=False))

    assert freshness_of([late, early, incomplete]) == Freshness(T0 + 3 * HOUR, T0 + 3 * HOUR)


def test_without_a_complete_sync_the_first_request_counts() -> None:
    failing = [synced(started(at=T0 + hours * HOUR)) for hours in (2, 1)]

    assert freshness_of(failing) == Freshness(None, T0 + HOUR)


def test_a_complete_sync_older_than_the_limit_is_stale() -> None:
    fresh = Freshness(T0, T0)

    assert not fresh.is_stale(T0 + 26 * HOUR, 26 * HOUR)
    assert fresh.is_stale(T0 + 26 * HOUR + 1, 26 * HOUR)


def test_a_resource_that_was_never_requested_is_not_stale() -> None:
    assert not freshness_of([]).is_stale(T0, 0)
