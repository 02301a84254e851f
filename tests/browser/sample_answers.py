"""Sample answers of a gateway with much to show, built from its own models. Times are fixed."""

from typing import Any
from urllib.parse import parse_qs

from libs.common.contracts.enums import Kind, Mode, RemovalState, Trigger
from libs.common.contracts.resources import Resource
from libs.common.contracts.times import moment, rfc3339
from services.gateway.api.routes.doctor import Checked, Diagnosis
from services.gateway.api.routes.status import ResourceShown, ServiceShown, StatusShown
from services.gateway.api.schemas import Run, ScheduleShown, TickShown
from services.gateway.dead_letters.schemas import DeadLetterWhole, Origin
from services.gateway.views.schemas import Progress, Removals, Report
from services.gateway.views.status import Status

NOW = 1_795_744_800_000  # 2026-11-27 02:00 UTC
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000

Answers = dict[str, Any]


def ended_sync(resource: Resource, number: int, **fields: Any) -> Report:
    total = fields.pop("total", 23_238)
    ended_at = NOW - number * DAY
    defaults = {
        "status": Status.COMPLETED, "complete": True, "resource": resource, "kind": Kind.FULL,
        "mode": Mode.FULL, "trigger": Trigger.SCHEDULE, "sync_id": f"{resource}-{number}",
        "start_time": ended_at - 9 * MINUTE, "end_time": ended_at, "attempt": 1,
        "duration_seconds": 480 + 13.0 * (number * 7 % 9), "total_records": total,
        "processed_records": total, "fetched_records": total, "distinct": total,
        "inserted": 12, "updated": 30, "unchanged": total - 42, "total_pages": 465,
        "current_page": 465, "message": "Completed: the whole list is in the tables",
    }  # fmt: skip
    return Report(**defaults | fields)


def running_sync() -> Progress:
    return Progress(
        status=Status.RUNNING, sync_id="running-1", start_time=NOW - 5 * MINUTE,
        duration_seconds=300, total_records=23_238, processed_records=12_500,
        fetched_records=12_650, current_page=253, total_pages=465, inserted=7, updated=19,
        unchanged=12_474, retries=2, records_per_second=41.2, eta_seconds=260, attempt=1,
        message="Processing page 253...", last_event_time=NOW, trigger=Trigger.MANUAL,
    )  # fmt: skip


def incomplete_sync() -> Report:
    lines = [
        "Record 2931:17: decree_date is no date (hemis.employees-1-88)",
        "Record 3001:4: group_id is beyond its column (hemis.employees-0-97)",
        "A record without a usable id: id is missing (fetcher-employees-7)",
    ]
    return ended_sync(
        Resource.EMPLOYEES, 1, total=1_900, complete=False, rejected=3, errors=lines,
        unchanged=1_855, sync_id="employees-1", message="Completed, but not complete: 3 rejected",
        requested_by="night-watch", unknown_fields=["department.score"],
        added_fields=["department.score"], retyped_fields={"decree_date": "number → string"},
    )  # fmt: skip


def failed_sync() -> Progress:
    return Progress(
        status=Status.FAILED, sync_id="departments-1", start_time=NOW - HOUR, end_time=NOW - HOUR,
        message="Failed: HEMIS answered 401: the token is not valid", attempt=1,
        errors=["The sync failed: HEMIS answered 401: the token is not valid"],
    )  # fmt: skip


def dead_letter(**fields: Any) -> DeadLetterWhole:
    defaults = {
        "id": "hemis.employees-1-88", "resource": Resource.EMPLOYEES, "key": "2931:17",
        "code": "invalid_date", "reason": "decree_date is no date", "sync_id": "employees-1",
        "buried_at": NOW - 2 * HOUR, "attempts": 1, "state": "buried", "can_retry": True,
        "size": 1_204, "headers": {"ce_type": "uz.hemis.employee-position.v1"},
        "value_kind": "json", "masked": True,
        "origin": Origin(topic="hemis.employees", partition=1, offset=88),
        "value": {"id": 2931, "full_name": "•••", "decree_date": "•••", "gender": {"code": "•••"}},
    }  # fmt: skip
    return DeadLetterWhole(**defaults | fields)


def history(resource: Resource) -> list[Report]:
    exceptions: dict[int, dict[str, Any]] = {
        3: {"complete": False, "rejected": 2}, 6: {"status": Status.FAILED, "complete": None},
    }  # fmt: skip
    return [ended_sync(resource, number, **exceptions.get(number, {})) for number in range(1, 11)]


def sync_with_held_removals() -> Report:
    removals = Removals(
        state=RemovalState.HELD, missing=1_430, vacated=0, limit=1_161, removed=0, undecided=0
    )
    return ended_sync(Resource.STUDENTS, 1, removals=removals)


def status(students_age_hours: int = 30) -> StatusShown:
    def freshness(resource: Resource, hours: int) -> ResourceShown:
        return ResourceShown(
            resource=resource, status=Status.COMPLETED, sync_id=None, never_synced=False,
            last_complete_at=NOW - hours * HOUR, stale=hours > 26, loading_paused=False,
        )  # fmt: skip

    def service(name: str, state: str, seconds: int, **checks: str) -> ServiceShown:
        return ServiceShown(
            instance=f"{name}-{state}", service=name, version="0.1.0", state=state,
            last_seen=NOW - seconds * 1000, alive=seconds < 20, checks=checks,
        )  # fmt: skip

    return StatusShown(
        resources=[
            freshness(Resource.STUDENTS, students_age_hours), freshness(Resource.EMPLOYEES, 24),
        ],
        lag={Resource.STUDENTS: 150, Resource.EMPLOYEES: 0, Resource.DEPARTMENTS: 0},
        services=[
            service("fetcher", "active", 2), service("fetcher", "standby", 3),
            service("gateway", "active", 1),
            service("loader", "active", 540), service("loader", "waiting", 2, postgres="no answer"),
        ],
    )  # fmt: skip


def schedule() -> ScheduleShown:
    def times(tick: int) -> dict[str, str]:
        return {"utc": rfc3339(tick), "local": moment(tick).isoformat()}

    def tick(resource: Resource, outcome: Any, **fields: Any) -> TickShown:
        nothing = {"sync_id": None, "status": None, "reason": None, "late_seconds": 0}
        at = NOW - DAY
        return TickShown(at=at, resource=resource, outcome=outcome, **times(at), **nothing | fields)

    return ScheduleShown(
        cron="0 1 * * *", timezone="UTC", words="every day at 01:00",
        next=[Run(**times(NOW + (number * 24 - 1) * HOUR)) for number in range(1, 6)],
        ticks=[
            tick(Resource.STUDENTS, "sync", sync_id="students-1", status=Status.COMPLETED),
            tick(Resource.EMPLOYEES, "sync", sync_id="employees-1", status=Status.COMPLETED,
                 late_seconds=400),
            tick(Resource.STUDENTS, "skipped", reason="sync 41 was still active"),
        ],
    )  # fmt: skip


def kafka_away(code: str = "kafka_away") -> Diagnosis:
    found = Checked(
        service="gateway", instance="", subject="Kafka", code=code,
        detail="Kafka: no answer", advice="see whether all brokers of Kafka run",
    )  # fmt: skip
    return Diagnosis(healthy=False, items=[found])


def sample_answers(**changed: Any) -> Answers:
    """Return every answer by its path; ``changed`` replaces the answers of its paths."""
    students, employees = history(Resource.STUDENTS), history(Resource.EMPLOYEES)
    held, incomplete = sync_with_held_removals(), incomplete_sync()
    letter = dead_letter()
    answers = {
        "progress/students": running_sync(), "progress/employees": incomplete,
        "progress/departments": failed_sync(), "syncs/employees-1": incomplete,
        "syncs": {"items": [incomplete, held, *students], "next": "c2"},
        "syncs students": {"items": [held, *students], "next": None},
        "syncs employees": {"items": [incomplete, *employees], "next": None},
        "syncs departments": {"items": [], "next": None},
        "dead-letters": {"items": [letter, dead_letter(state="retrying", key=None)], "next": 12},
        "dead-letters/hemis.employees-1-88": letter, "status": status(), "schedule": schedule(),
        "session": {"name": None, "role": "operate"}, "doctor": {"healthy": True, "items": []},
    }  # fmt: skip
    return answers | changed


def as_json(answer: Any) -> Any:
    """Turn models into JSON values."""
    if hasattr(answer, "model_dump"):
        return answer.model_dump(mode="json")
    if isinstance(answer, dict):
        return {name: as_json(one) for name, one in answer.items()}
    return [as_json(one) for one in answer] if isinstance(answer, list) else answer


def answer_to(url: str, answers: Answers) -> Any:
    """Find the answer to a URL, first the one for its resource; None if there is none."""
    path, _, query = url.partition("/api/hemis/")[2].partition("?")
    resource = "".join(parse_qs(query).get("resource", []))
    return answers.get(f"{path} {resource}", answers.get(path))
