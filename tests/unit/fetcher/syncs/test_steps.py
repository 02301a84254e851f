"""The events of a sync have the fingerprint of its request."""

from typing import Any

from libs.common.contracts.checkpoints import Scope
from libs.common.contracts.commands import FetchRecords, StartSync, WantedRecord
from libs.common.contracts.enums import Mode
from libs.common.contracts.resources import Resource
from services.fetcher.syncs.events import request_started, started
from services.fetcher.syncs.plan import Plan, begun
from services.fetcher.syncs.steps import resumed

STUDENTS = Resource.STUDENTS
STAMPS: dict[str, Any] = {
    "command_id": "c", "sync_id": "s", "resource": STUDENTS, "issued_at": 1, "expires_at": 2,
    "fingerprint": "f",
}  # fmt: skip


def test_a_sync_and_its_resumes_bear_the_fingerprint_of_the_request() -> None:
    plan = Plan(Mode.FULL, Scope(page_size=50, filters={}, address=""))
    sync = begun(StartSync(**STAMPS), plan, at=1)

    assert started(STUDENTS, sync).fingerprint == "f"
    assert started(STUDENTS, resumed(sync, at=2)).fingerprint == "f"


def test_a_single_record_bears_the_fingerprint_of_the_request() -> None:
    request = FetchRecords(**STAMPS, records=(WantedRecord(hemis_id=1),))

    assert request_started(request).fingerprint == "f"
