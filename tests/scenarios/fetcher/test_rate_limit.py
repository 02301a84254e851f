"""HEMIS's own limit holds whatever the settings say."""

from tests.scenarios.fetcher.fetcher_system import EMPLOYEES, STUDENTS, FetcherSystem
from tests.scenarios.fetcher.scripted_hemis import position, student


async def test_without_a_pause_no_second_holds_more_than_ten_requests(
    system: FetcherSystem,
) -> None:
    system.pause_seconds = 0.0
    system.hemis.seconds = 0.001
    system.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 201)]
    system.hemis.items[EMPLOYEES] = [position(7, meta_id) for meta_id in range(1, 201)]

    async with system.fetcher():
        started = [system.start(), system.start(EMPLOYEES)]
        started += [system.fetch(id_number=f"39{hemis_id:010}") for hemis_id in range(1, 11)]
        for sync_id in started:
            await system.decided(sync_id)

    times = sorted(call.began for call in system.hemis.calls)
    assert len(times) >= 50
    assert min(later - sooner for sooner, later in zip(times, times[10:], strict=False)) > 1.0
