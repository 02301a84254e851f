"""HEMIS's own limit holds whatever the settings say."""

from tests.scenarios.fetcher.fetcher_in_memory import EMPLOYEES, STUDENTS, Stage
from tests.scenarios.fetcher.scripted_hemis import position, student


async def test_without_a_pause_no_second_holds_more_than_ten_requests(stage: Stage) -> None:
    stage.pause_seconds = 0.0
    stage.hemis.seconds = 0.001
    stage.hemis.items[STUDENTS] = [student(hemis_id) for hemis_id in range(1, 201)]
    stage.hemis.items[EMPLOYEES] = [position(7, meta_id) for meta_id in range(1, 201)]

    async with stage.fetcher():
        started = [stage.start(), stage.start(EMPLOYEES)]
        started += [stage.fetch(id_number=f"39{hemis_id:010}") for hemis_id in range(1, 11)]
        for sync_id in started:
            await stage.decided(sync_id)

    times = sorted(call.began for call in stage.hemis.calls)
    assert len(times) >= 50
    assert min(later - sooner for sooner, later in zip(times, times[10:], strict=False)) > 1.0
