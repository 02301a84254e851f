"""The published contract says what the classes, the topics and the loader say."""

import re
from datetime import UTC

import pytest

from libs.common.contracts.dead_letters import DeadLetter
from libs.common.contracts.published.document import asyncapi_document, contract_schemas
from libs.common.contracts.published.headers import (
    dead_letter_headers_schema,
    record_headers_schema,
    record_key_schema,
)
from libs.common.contracts.published.schemas import standing_alone
from libs.common.contracts.records import RecordOrigin, record_headers
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from libs.contract.__main__ import broken_promises, stale_files
from services.gateway.api.topics_page import page_of
from services.loader.mapping.tables import item_fields


def test_the_published_contract_matches_the_classes() -> None:
    assert stale_files() == []


def test_the_last_released_contract_still_holds() -> None:
    assert broken_promises() == []


@pytest.mark.parametrize("resource", Resource)
def test_the_headers_of_records_are_the_published_ones(resource: Resource) -> None:
    origin = RecordOrigin(
        resource=resource, sync_id="s", page=1, place=0, source="https://x.uz", ce_time=0
    )

    names = [name for name, _ in record_headers(origin, "1", b"{}")]

    assert names == record_headers_schema(resource)["required"]


def test_the_headers_of_dead_letters_are_the_published_ones() -> None:
    letter = DeadLetter(
        dead_letter_id="hemis.students-0-1",
        resource=Resource.STUDENTS,
        code="wrong_type",
        reason="birth_date: expected a date",
        sync_id="s",
        record_key=None,
        buried_at=0,
        value=b"",
    )

    names = [name for name, _ in letter.headers()]

    assert names == dead_letter_headers_schema()["required"]


def test_every_topic_but_the_fetchers_memory_is_described() -> None:
    topics = Topics("tsu", record_partitions=8)
    channels = asyncapi_document(topics)["channels"].values()
    calls = {one["address"]: one["bindings"]["kafka"]["partitions"] for one in channels}

    expected = {topic.name: topic.partitions for topic in topics.all()}

    assert calls == {name: n for name, n in expected.items() if name != topics.checkpoints}


@pytest.mark.parametrize("resource", Resource)
def test_the_loader_knows_exactly_the_fields_of_the_published_item(resource: Resource) -> None:
    published = contract_schemas()[resource.item.__name__]["properties"].keys()

    assert {field.source for field in item_fields(resource, UTC)} == published


@pytest.mark.parametrize("key", ["1826:2600", "1826:x0123456789abcdef"])
def test_the_key_of_a_position_is_person_and_position(key: str) -> None:
    assert re.search(record_key_schema(Resource.EMPLOYEES)["pattern"], key)


@pytest.mark.parametrize("key", ["1826", "0:1", "1826:", "1826:x01", "1826:2600 "])
def test_a_key_without_a_position_is_rejected(key: str) -> None:
    assert not re.search(record_key_schema(Resource.EMPLOYEES)["pattern"], key)


def test_a_schema_that_stands_alone_brings_all_it_refers_to() -> None:
    alone = standing_alone("ConfirmMissing", contract_schemas())

    assert set(alone["$defs"]) == {"MissingRecord", "Resource"}
    assert alone["properties"]["records"]["items"] == {"$ref": "#/$defs/MissingRecord"}


def test_the_page_names_every_topic_and_message_and_runs_no_script() -> None:
    document = asyncapi_document(Topics("tsu"))

    page = page_of(document)

    assert all(f"<code>{c['address']}</code>" in page for c in document["channels"].values())
    assert all(f"<h3>{name}</h3>" in page for name in document["components"]["messages"])
    assert "<script" not in page
    assert "style=" not in page
