"""The log lines of the gateway."""

import logging
from typing import Any

import pytest

from libs.common.contracts.enums import FieldChange, Outcome
from libs.common.contracts.events import AlertCleared, AlertRaised, TickSkipped
from libs.common.contracts.heartbeats import ENDED, SERVICE_ENDED, Beat, Finding
from libs.common.contracts.resources import Resource
from libs.common.process.logs import TextLines
from services.gateway.live.event_log import EventLogger, log_command, log_service_end
from tests.unit.gateway.sample_messages import (
    SYNC,
    T0,
    cancel,
    drifted,
    erase,
    erased,
    erasure_refused,
    fetch,
    fetched,
    finished,
    loaded,
    page,
    page_failed,
    refused,
    rejected,
    resume,
    start,
    started,
    waiting,
)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def lines(log: pytest.LogCaptureFixture) -> list[str]:
    """Return the log lines without their time."""
    return [TextLines().format(record).split(" ", 1)[1] for record in log.records]


def test_a_sync_can_be_followed_from_start_to_end(log: pytest.LogCaptureFixture) -> None:
    event_logger = EventLogger()

    for event in (started(), page(1), page(2, fetched=98), loaded(1), fetched(), finished()):
        event_logger.log(event)

    told = lines(log)
    assert (
        told[0]
        == f"INFO  HEMIS students sync started attempt=1 trigger=manual kind=full sync={SYNC}"
    )
    assert told[1] == f"INFO  HEMIS students page 1/465 fetched records=50 sync={SYNC}"
    assert told[2] == f"INFO  HEMIS students page 2/465 fetched records=48 sync={SYNC}"
    assert told[3].startswith("INFO  HEMIS students all pages fetched")
    assert told[4].startswith("INFO  HEMIS students sync completed complete=True distinct=100")
    assert len(told) == 5


def test_failures_are_logged_as_errors(log: pytest.LogCaptureFixture) -> None:
    event_logger = EventLogger()

    for event in (page_failed(3), rejected(7), fetched(Outcome.FAILED, reason="no answer")):
        event_logger.log(event)

    assert all(line.startswith("ERROR HEMIS students ") for line in lines(log))
    assert "page 3 failed: HEMIS did not answer" in log.text
    assert "record 7 rejected: group_id is beyond its column" in log.text
    assert log.records[2].__dict__["reason"] == "no answer"


def test_waits_refusals_and_skipped_ticks_are_logged_as_warnings(
    log: pytest.LogCaptureFixture,
) -> None:
    skipped = TickSkipped(
        sync_id=SYNC, resource=Resource.STUDENTS, at=T0, tick_at=T0, reason="still active"
    )
    event_logger = EventLogger()

    quiet = drifted("email", change=FieldChange.DROPPED)
    for event in (waiting(), refused(), skipped, quiet, fetched(Outcome.CANCELLED)):
        event_logger.log(event)

    assert all(line.startswith("WARNING HEMIS students ") for line in lines(log))
    assert "waiting 12 s: HEMIS asked to slow down" in log.text
    assert "HEMIS students fields dropped: email" in log.text


def test_each_command_is_logged(log: pytest.LogCaptureFixture) -> None:
    for command in (start(), fetch(), resume(), cancel()):
        log_command(command)

    assert [record.message for record in log.records] == [
        "HEMIS students sync requested",
        "HEMIS students record requested",
        "HEMIS students resume requested",
        "HEMIS students cancel requested",
    ]


def test_an_event_that_changes_nothing_is_not_logged(log: pytest.LogCaptureFixture) -> None:
    EventLogger().log(loaded(1))

    assert log.records == []


def test_an_erasure_is_logged_without_the_person(log: pytest.LogCaptureFixture) -> None:
    log_command(erase(key="50421"))
    EventLogger().log(erased(hemis_id=50421))
    EventLogger().log(erasure_refused())

    assert log.messages == [
        "HEMIS students erasure requested",
        "HEMIS students one person erased from the topics",
        "HEMIS students nobody erased: nobody here has this number",
    ]
    assert not any("50421" in str(vars(line)) for line in log.records)


def test_alerts_are_logged_when_they_are_raised_and_cleared(
    log: pytest.LogCaptureFixture,
) -> None:
    about: dict[str, Any] = {"sync_id": SYNC, "resource": Resource.STUDENTS, "alert_id": "a1"}

    EventLogger().log(AlertRaised(**about, at=T0, alert="stale", detail="no complete sync"))
    EventLogger().log(AlertCleared(**about, at=T0, alert="stale"))

    assert log.messages == [
        "HEMIS students alert: stale: no complete sync",
        "HEMIS students alert is over: stale",
    ]


def test_a_service_that_ended_by_itself_is_named_with_its_reason(
    log: pytest.LogCaptureFixture,
) -> None:
    why = Finding(subject="end", code=SERVICE_ENDED, detail="The fetcher ended: HEMIS_PAGE_SIZE")
    beat = Beat(
        instance="fetcher-1",
        service="fetcher",
        version="1",
        state=ENDED,
        at=T0,
        checks={},
        findings=(Finding(subject="HEMIS token"), why),
    )

    log_service_end(beat)

    (line,) = lines(log)
    assert line.startswith("ERROR HEMIS The fetcher ended: HEMIS_PAGE_SIZE")
