"""Sync ids that make asking twice the same as asking once."""

import uuid
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from libs.common.contracts.resources import Resource
from libs.common.contracts.sync_ids import (
    alert_id,
    random_sync_id,
    refetch_sync_id,
    requested_sync_id,
    retried_sync_id,
    scheduled_sync_id,
)

STUDENTS = Resource.STUDENTS
EMPLOYEES = Resource.EMPLOYEES
NIGHTLY = "30 2 * * *"
BERLIN = "Europe/Berlin"


def test_the_ids_never_change() -> None:
    """A gateway of the next version must name the same request, tick and alert the same."""
    assert requested_sync_id("hemis", STUDENTS, "key") == "f262de34-ced3-52c4-b25a-5a2e0eff8588"
    assert (
        scheduled_sync_id(STUDENTS, "0 1 * * *", "UTC", "2026-11-23T01:00")
        == "7ea9c488-e0ff-552b-ac4f-d47e40412d5e"
    )
    assert (
        retried_sync_id("hemis", "hemis.students-2-1042", 1)
        == "927862a5-0475-57ef-a801-5a9a201a364d"
    )
    assert alert_id("hemis", "failed", STUDENTS, "s1/1") == "766e5bc6-e2b1-53ee-963c-aad8d9e996ea"
    assert refetch_sync_id("hemis", STUDENTS, "50421", 1) == "ee519487-28a9-58dc-9f91-28cbc2a6b0e9"


def test_an_id_is_a_uuid() -> None:
    assert uuid.UUID(random_sync_id()).version == 4
    assert uuid.UUID(requested_sync_id("hemis", STUDENTS, "key")).version == 5


def test_without_a_key_every_request_gets_a_new_sync_id() -> None:
    assert random_sync_id() != random_sync_id()


def test_another_request_gets_another_sync_id() -> None:
    ids = {
        requested_sync_id("hemis", STUDENTS, "key"),
        requested_sync_id("samdu", STUDENTS, "key"),
        requested_sync_id("hemis", EMPLOYEES, "key"),
        requested_sync_id("hemis", STUDENTS, "other"),
        scheduled_sync_id(STUDENTS, NIGHTLY, BERLIN, "2026-10-25T02:30"),
        scheduled_sync_id(EMPLOYEES, NIGHTLY, BERLIN, "2026-10-25T02:30"),
        scheduled_sync_id(STUDENTS, NIGHTLY, BERLIN, "2026-10-26T02:30"),
        refetch_sync_id("hemis", STUDENTS, "1", 11),
        refetch_sync_id("hemis", STUDENTS, "11", 1),
    }

    assert len(ids) == 9


def test_ids_of_shifted_parts_differ() -> None:
    assert requested_sync_id("a", STUDENTS, "b c") != requested_sync_id("a b", STUDENTS, "c")


def test_a_local_minute_that_repeats_when_clocks_go_back_is_one_sync() -> None:
    zone = ZoneInfo(BERLIN)
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).astimezone(zone)
    again = datetime(2026, 10, 25, 1, 30, tzinfo=UTC).astimezone(zone)
    assert first.utcoffset() != again.utcoffset()

    ids = {
        scheduled_sync_id(STUDENTS, NIGHTLY, BERLIN, f"{tick:%Y-%m-%dT%H:%M}")
        for tick in (first, again)
    }

    assert len(ids) == 1
