"""HEMIS becomes another version in the middle of a sync: it is said, and nothing is lost."""

import json
from typing import Any

import pytest

from tests.e2e.compare import assert_tables_equal_the_source
from tests.e2e.system import Answer, System, until
from tests.e2e.topic_log import RECORD_PARTITIONS, log_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(150)]

STUDENTS, PAGE, OLD_PAGES = 120, 10, 4
NEW_VERSION = {
    "new_field": "score",
    "dropped_field": "hash",
    "retyped_field": "email",
    "retyped_to": "object",
}
"""No column takes an object for an address; who has none loads."""


async def test_a_field_added_dropped_and_retyped_during_a_sync_is_reported_and_no_record_is_lost(
    system: System,
) -> None:
    await system.start_all(
        STUDENTS, 0, HEMIS_PAGE_SIZE=str(PAGE), HEMIS_PAGE_PAUSE_SECONDS="0",
        HEMIS_REJECT_LIMIT_PERCENT="100",
    )  # fmt: skip
    await system.sync("students")
    await assert_tables_equal_the_source(system)
    upgrade = {"kind": "upgrade", "request": OLD_PAGES + 1, "times": 1, "settings": NEW_VERSION}
    await system.control("faults", {"endpoint": "student-list", **upgrade})

    progress = await system.sync("students")

    sync_id = str(progress["syncId"])
    await _assert_the_report_says_it(system, sync_id)
    await _assert_events_say_it(system, sync_id)
    await _assert_every_record_is_in_the_table_or_on_the_desk(system, sync_id)


async def _assert_the_report_says_it(system: System, sync_id: str) -> None:
    # The loader says what is unknown after the sync's end.
    report = await until(lambda: _report_with_unknown_fields(system, sync_id)) or {}

    assert report["addedFields"] == report["unknownFields"] == ["score"]
    assert report["droppedFields"] == ["hash"]
    assert report["retypedFields"] == {"email": "string → object"}


async def _report_with_unknown_fields(system: System, sync_id: str) -> Answer | None:
    report = await system.get(f"/api/hemis/syncs/{sync_id}")
    return report if report["unknownFields"] else None


async def _assert_events_say_it(system: System, sync_id: str) -> None:
    alert = await until(lambda: _alert(system)) or {}
    drifted = await _events(system, "SourceDrifted")

    assert {(one["sync_id"], one["change"], *one["fields"]) for one in drifted} == {
        (sync_id, "added", "score"),
        (sync_id, "dropped", "hash"),
        (sync_id, "retyped", "email"),
        (sync_id, "unknown fields", "score"),
    }
    assert (alert["sync_id"], alert["detail"]) == (
        sync_id,
        "HEMIS changed fields of its students: added: score; dropped: hash;"
        " retyped: email (string → object)",
    )
    _, metrics = await system.ask("GET", "gateway", "/metrics")
    assert 'hemis_gateway_alert{alert="drifted",resource="students"} 1.0' in metrics


async def _alert(system: System) -> Answer | None:
    raised = await _events(system, "AlertRaised")
    return next((one for one in raised if one["alert"] == "drifted"), None)


async def _events(system: System, kind: str) -> list[dict[str, Any]]:
    found = [json.loads(record.value or b"") for record in await log_of(system, "progress")]
    return [event for event in found if event["type"] == kind]


async def _assert_every_record_is_in_the_table_or_on_the_desk(system: System, sync_id: str) -> None:
    source = {item["id"]: item for item in await system.source("students")}
    newest = {record.key: record for record in await log_of(system, "students", RECORD_PARTITIONS)}
    sent = [json.loads(record.value or b"") for record in newest.values()]
    answer = await system.get("/api/hemis/dead-letters?limit=200")
    buried = {int(letter["key"]) for letter in answer["items"]}
    rows = await system.rows(f"SELECT hemis_id, extra FROM {system.schema}.students")  # noqa: S608 — a name of ours
    scores = {row["hemis_id"]: json.loads(row["extra"] or "{}").get("score") for row in rows}

    assert {item["id"] for item in sent} == source.keys() == scores.keys()
    assert sum("score" in item for item in sent) == STUDENTS - OLD_PAGES * PAGE
    for item in sent:
        assert (item["id"] in buried) == isinstance(item.get("email"), dict)
        if item["id"] not in buried:
            assert scores[item["id"]] == item.get("score")
    report = await system.get(f"/api/hemis/syncs/{sync_id}")
    loaded = report["inserted"] + report["updated"] + report["unchanged"]
    assert (loaded, report["rejected"]) == (STUDENTS - len(buried), len(buried))
