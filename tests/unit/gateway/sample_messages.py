"""Commands and events with the fields a test does not care about filled in."""

from typing import Any

from libs.common.contracts.commands import (
    CancelSync,
    EraseRecord,
    FetchRecords,
    ResumeSync,
    StartSync,
    WantedRecord,
)
from libs.common.contracts.enums import FieldChange, Kind, Mode, Outcome, Trigger
from libs.common.contracts.events import (
    ErasureLoaded,
    ErasureRefused,
    PageFailed,
    PageFetched,
    RecordErased,
    RecordRejected,
    RecordsLoaded,
    SourceDrifted,
    SyncFetched,
    SyncFinished,
    SyncRefused,
    SyncStarted,
    SyncWaiting,
)
from libs.common.contracts.heartbeats import Beat
from libs.common.contracts.resources import Resource

T0 = 1_698_345_600_000
HOUR = 3_600_000
READ_AT = T0 + 365 * 24 * HOUR
"""When heartbeats are read: late enough that none is dated in the future."""
SYNC = "5f0c2a34-0000-4000-8000-000000000001"


def _of_event(fields: dict[str, Any]) -> dict[str, Any]:
    return {"sync_id": SYNC, "resource": Resource.STUDENTS, "at": T0, **fields}


def _of_command(fields: dict[str, Any]) -> dict[str, Any]:
    issued_at = fields.get("issued_at", T0)
    stamps = {"command_id": "c1", "issued_at": issued_at, "expires_at": issued_at + HOUR}
    return {"sync_id": SYNC, "resource": Resource.STUDENTS, **stamps, **fields}


def start(**fields: Any) -> StartSync:
    return StartSync(**_of_command(fields))


def resume(**fields: Any) -> ResumeSync:
    return ResumeSync(**_of_command({"attempt": 2, **fields}))


def cancel(**fields: Any) -> CancelSync:
    return CancelSync(**_of_command({"attempt": 1, **fields}))


def fetch(**fields: Any) -> FetchRecords:
    return FetchRecords(**_of_command({"records": (WantedRecord(hemis_id=50421),), **fields}))


def erase(**fields: Any) -> EraseRecord:
    return EraseRecord(**_of_command({"key": "50421", "requested_by": "ops", **fields}))


def erased(**fields: Any) -> RecordErased:
    defaults = {"hemis_id": 50421, "records": 1, "requested_by": "ops"}
    return RecordErased(**_of_event({**defaults, **fields}))


def erasure_loaded(reason: str = "", **changed: Any) -> ErasureLoaded:
    fields: dict[str, Any] = {"sync_id": SYNC, "resource": Resource.STUDENTS, "at": T0}
    return ErasureLoaded(**fields | changed, reason=reason)


def erasure_refused(**fields: Any) -> ErasureRefused:
    return ErasureRefused(**_of_event({"reason": "nobody here has this number", **fields}))


def started(**fields: Any) -> SyncStarted:
    defaults = {
        "attempt": 1,
        "kind": Kind.FULL,
        "mode": Mode.FULL,
        "trigger": Trigger.MANUAL,
        "page_size": 50,
    }
    return SyncStarted(**_of_event({**defaults, **fields}))


def page(number: int, **fields: Any) -> PageFetched:
    defaults = {
        "attempt": 1,
        "page": number,
        "page_count": 465,
        "source_total": 23_238,
        "fetched": number * 50,
        "distinct": number * 50,
        "rejected": 0,
        "retries": 0,
        "next_page": number + 1,
        "at": T0 + number * 1000,
    }
    return PageFetched(**_of_event({**defaults, **fields}))


def page_failed(number: int, **fields: Any) -> PageFailed:
    defaults = {
        "attempt": 1,
        "page": number,
        "code": "timeout",
        "reason": "HEMIS did not answer",
        "at": T0 + number * 1000,
    }
    return PageFailed(**_of_event({**defaults, **fields}))


def waiting(**fields: Any) -> SyncWaiting:
    defaults = {"attempt": 1, "seconds": 12.0, "reason": "HEMIS asked to slow down"}
    return SyncWaiting(**_of_event({**defaults, **fields}))


def fetched(outcome: Outcome = Outcome.COMPLETED, **fields: Any) -> SyncFetched:
    return SyncFetched(**_of_event({"attempt": 1, "outcome": outcome, **fields}))


def drifted(*names: str, **fields: Any) -> SourceDrifted:
    defaults = {"fields": names, "change": FieldChange.UNKNOWN}
    return SourceDrifted(**_of_event({**defaults, **fields}))


def refused(**fields: Any) -> SyncRefused:
    return SyncRefused(**_of_event({"active_sync_id": None, "reason": "not possible", **fields}))


def rejected(number: int, **fields: Any) -> RecordRejected:
    defaults = {
        "dead_letter_id": f"hemis.students-2-{number}",
        "code": "out_of_range",
        "reason": "group_id is beyond its column",
        "record": str(number),
    }
    return RecordRejected(**_of_event({**defaults, **fields}))


def loaded(revision: int, **fields: Any) -> RecordsLoaded:
    defaults = {
        "database_epoch": 1,
        "revision": revision,
        "inserted": 0,
        "updated": 0,
        "unchanged": revision * 50,
        "rejected": 0,
        "at": T0 + revision * 1000,
    }
    return RecordsLoaded(**_of_event({**defaults, **fields}))


def finished(**fields: Any) -> SyncFinished:
    defaults = {
        "attempt": 1,
        "complete": True,
        "database_epoch": 1,
        "started_at": T0,
        "source_total": 100,
        "fetched": 100,
        "distinct": 100,
        "missing": 0,
        "departed": 0,
        "inserted": 10,
        "updated": 20,
        "unchanged": 70,
        "rejected": 0,
        "retries": 2,
        "failed_pages": (),
        "at": T0 + 10_000,
    }
    return SyncFinished(**_of_event({**defaults, **fields}))


def beat(service: str, at: int = T0) -> Beat:
    return Beat(instance=service, service=service, version="1", state="active", at=at, checks={})
