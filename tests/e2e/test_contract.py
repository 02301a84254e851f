"""What other systems see: HEMIS politely asked, and its own bytes on the topics."""

from itertools import pairwise

import pytest

from libs.common.contracts.records import content_hash
from libs.common.contracts.resources import Resource
from tests.e2e.system import System
from tests.e2e.topic_log import RECORD_PARTITIONS, log_of

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

# An idle fetcher sends this request to check that HEMIS answers.
PROBE = "page=1&limit=1"


async def test_by_default_hemis_is_asked_for_fifty_records_a_second_apart(system: System) -> None:
    await system.start_all(students=250, positions=60, HEMIS_PAGE_PAUSE_SECONDS="1")
    employees = await system.request_sync("employees")
    students = await system.request_sync("students")
    await system.ended("students", students)
    await system.ended("employees", employees)

    answer = await system.control("requests?last=1000", method="GET")
    pages = sorted((r for r in answer if "-list" in r["path"]), key=lambda r: r["started"])
    gaps = [then["started"] - last["ended"] for last, then in pairwise(pages)]

    # The last request asks whether students changed while the pages were read.
    assert ["updated_at_from" in request["query"] for request in pages].count(True) == 1
    assert len([request for request in pages if request["query"] != PROBE]) == 5 + 1 + 2
    assert all("limit=50" in request["query"] for request in pages)
    assert min(gaps) >= 1.0


async def test_the_topics_hold_the_bytes_of_hemis_under_record_keys(
    system: System,
) -> None:
    await system.start_all(students=200, positions=60)

    for resource in Resource:
        await system.sync(resource)
        records = await log_of(system, resource, RECORD_PARTITIONS)
        values = sorted(record.value or b"" for record in records)
        headers = dict(records[0].headers)

        assert values == sorted(await system.source_lines(resource))
        assert headers["ce_type"].decode() == resource.record_type
        assert headers["content_hash"].decode() == content_hash(records[0].value or b"")
        assert headers["ce_subject"] == records[0].key
