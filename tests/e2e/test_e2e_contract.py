"""What other systems see: HEMIS politely asked, and its own bytes on the topics."""

from itertools import pairwise

import pytest

from libs.common.contracts.records import content_hash
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.common.dependencies import Dependencies
from libs.common.kafka.client import KAFKA, KafkaBroker
from libs.common.kafka.ports import Partition, Record
from libs.common.kafka.reader import read_to_end
from libs.common.lifecycle import Stop
from libs.common.settings import ServiceSettings
from tests.e2e.system import System

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


async def test_by_default_hemis_is_asked_for_fifty_records_a_second_apart(system: System) -> None:
    await system.start_all(students=250, positions=60, HEMIS_PAGE_PAUSE_SECONDS="1")
    employees = await system.request_sync("employees")
    students = await system.request_sync("students")
    await system.ended("students", students)
    await system.ended("employees", employees)

    answer = await system.control("requests?last=1000", method="GET")
    pages = sorted((r for r in answer if "-list" in r["path"]), key=lambda r: r["started"])
    gaps = [then["started"] - last["ended"] for last, then in pairwise(pages)]

    assert len(pages) == 5 + 2
    assert all("limit=50" in request["query"] for request in pages)
    assert min(gaps) >= 1.0


async def test_the_topics_hold_hemiss_own_bytes_under_our_keys(
    system: System, bootstrap_servers: str, topic_prefix: str
) -> None:
    await system.start_all(students=200, positions=60)

    for resource in Resource:
        await system.sync(resource)
        records = await _records(bootstrap_servers, Topics(topic_prefix), resource)
        values = sorted(record.value or b"" for record in records)
        headers = dict(records[0].headers)

        assert values == sorted(await system.source_lines(resource))
        assert headers["ce_type"].decode() == resource.record_type
        assert headers["content_hash"].decode() == content_hash(records[0].value or b"")
        assert headers["ce_subject"] == records[0].key


async def _records(servers: str, topics: Topics, resource: Resource) -> list[Record]:
    settings = ServiceSettings(kafka_bootstrap_servers=servers, kafka_topic_prefix=topics.prefix)
    broker = KafkaBroker(settings, "test", Dependencies((KAFKA,), Stop()))
    starts = {Partition(topics.records(resource), number): None for number in range(4)}
    async with broker.log_reader(starts) as reader:
        return [record async for records in read_to_end(reader) for record in records]
