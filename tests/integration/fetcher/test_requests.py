"""What HEMIS sees of a fetcher: the simulator's log of a process's requests."""

from itertools import pairwise
from pathlib import Path

import pytest

from libs.common.contracts.enums import Outcome
from libs.common.contracts.events import SyncWaiting
from libs.simulator.faults import Fault
from libs.simulator.traffic import LoggedRequest
from tests.integration.fetcher.running_fetchers import DOCTORS_QUESTION, FetcherPrograms

pytestmark = [pytest.mark.integration, pytest.mark.timeout(90)]


def asked(fetchers: FetcherPrograms) -> list[LoggedRequest]:
    requests = fetchers.hemis.requests.last(10_000)
    syncing = (request for request in requests if request.query != DOCTORS_QUESTION)
    return sorted(syncing, key=lambda request: request.started)


def gaps(requests: list[LoggedRequest]) -> list[float]:
    """Seconds from the end of each answer to the next request."""
    return [later.started - sooner.ended for sooner, later in pairwise(requests)]


async def test_one_request_at_a_time_and_a_second_s_pause_by_default(
    fetchers: FetcherPrograms,
) -> None:
    program = await fetchers.launch(HEMIS_PAGE_PAUSE_SECONDS="1")
    await fetchers.start_sync()

    await fetchers.wait_for_log(program, "students page 4/40 fetched")

    assert min(gaps(asked(fetchers))) >= 1.0


async def test_no_request_comes_before_the_time_hemis_asked_for(fetchers: FetcherPrograms) -> None:
    fetchers.hemis.faults.add(
        Fault(kind="status", status=429, retry_after="2.5", request=3, times=1)
    )
    program = await fetchers.launch(HEMIS_PAGE_PAUSE_SECONDS="0")
    sync_id = await fetchers.start_sync()

    await fetchers.wait_for_log(program, "students page 4/40 fetched")

    waits = [gap for gap, request in zip(gaps(asked(fetchers)), asked(fetchers), strict=False)
             if request.status == 429]  # fmt: skip
    assert waits
    assert min(waits) >= 2.5
    sync_waits = [event for event in await fetchers.events(SyncWaiting) if event.sync_id == sync_id]
    assert (sync_waits[0].seconds, sync_waits[0].reason) == (2.5, "HEMIS asked to slow down")


async def test_a_token_that_is_refused_is_sent_once_more_at_most(fetchers: FetcherPrograms) -> None:
    fetchers.hemis.token = "another"  # noqa: S105 — invented
    await fetchers.launch()

    decision = await fetchers.decided(await fetchers.start_sync())

    assert decision.outcome is Outcome.FAILED
    assert "check HEMIS_BEARER_TOKEN" in decision.reason
    assert [request.status for request in asked(fetchers)] == [401]


async def test_a_new_token_in_the_file_is_found_when_the_old_one_is_refused(
    fetchers: FetcherPrograms, tmp_path: Path
) -> None:
    path = tmp_path / "token"
    path.write_text(fetchers.hemis.token)
    program = await fetchers.launch(
        HEMIS_BEARER_TOKEN="", HEMIS_BEARER_TOKEN_FILE=str(path), HEMIS_PAGE_SIZE="200"
    )
    sync_id = await fetchers.start_sync()
    await fetchers.wait_for_log(program, "students page 3/10 fetched")

    path.write_text("another\n")
    fetchers.hemis.token = "another"  # noqa: S105 — invented
    decision = await fetchers.decided(sync_id)

    assert (decision.outcome, decision.complete) == (Outcome.COMPLETED, True)
    assert [request.status for request in asked(fetchers)].count(401) == 1
