"""From items to messages."""

import hashlib

import msgspec
import pytest

from libs.common.contracts.records import RecordOrigin
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import Topics
from services.fetcher.publishing.messages import PageMessages, fields_of, page_messages

TOPICS = Topics("uni")


def origin(resource: Resource = Resource.STUDENTS) -> RecordOrigin:
    return RecordOrigin(
        resource=resource,
        sync_id="s1",
        page=3,
        place=1,
        source="https://student.example.uz",
        ce_time=1_700_000_000_123,
    )


def sorted_out(*items: bytes, resource: Resource = Resource.STUDENTS) -> PageMessages:
    return page_messages(items, origin(resource), TOPICS)


def test_a_student_s_key_is_the_id() -> None:
    (message,) = sorted_out(b'{"id":50421,"meta_id":9}').messages

    assert (message.topic, message.key, message.route) == ("uni.students", "50421", "50421")


def test_an_employee_s_key_is_the_position_and_the_route_is_the_person() -> None:
    item = b'{"id":1826,"meta_id":2600}'

    (message,) = sorted_out(item, resource=Resource.EMPLOYEES).messages

    assert (message.topic, message.key, message.route) == ("uni.employees", "1826:2600", "1826")


def test_a_position_without_meta_id_gets_a_key_from_its_fields() -> None:
    item = (b'{"id":1826,"department":{"id":58},"staffPosition":{"code":"14"},'
            b'"employmentForm":{"code":"11"},"employmentStaff":{"code":"13"},'
            b'"contract_number":"15-A"}')  # fmt: skip
    digest = hashlib.sha256(b"1826|58|14|11|13|15-A").hexdigest()[:16]

    (message,) = sorted_out(item, resource=Resource.EMPLOYEES).messages

    assert message.key == f"1826:x{digest}"


def test_headers_say_where_the_record_came_from() -> None:
    messages = sorted_out(b'{"id":1}', b'{"id":2}').messages

    headers = {name: value.decode() for name, value in messages[1].headers}
    assert headers["ce_id"] == "s1/3/2"
    assert headers["ce_time"] == "2023-11-14T22:13:20.123Z"
    assert headers["content_hash"] == hashlib.sha256(b'{"id":2}').hexdigest()


@pytest.mark.parametrize("text", [b'"7"', b"7", b"9223372036854775807"])
def test_a_usable_id_is_a_number_or_the_same_as_text(text: bytes) -> None:
    (message,) = sorted_out(b'{"id":' + text + b"}").messages

    assert message.key == text.decode().strip('"')


@pytest.mark.parametrize(
    "item",
    [
        b"null",
        b"[]",
        b"12",
        b"{}",
        b'{"id":null}',
        b'{"id":0}',
        b'{"id":-1}',
        b'{"id":1.5}',
        b'{"id":true}',
        b'{"id":"x"}',
        b'{"id":9223372036854775808}',
        b"{,",
        b'{"id":1,"deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_an_item_without_a_usable_id_becomes_a_dead_letter_unchanged(item: bytes) -> None:
    found = sorted_out(item)

    assert found.messages == []
    (letter,) = found.dead_letters
    assert (letter.code, letter.record_key, letter.value) == ("no_usable_id", None, item)
    assert letter.dead_letter_id == f"uni.students-s1-{hashlib.sha256(item).hexdigest()}"
    assert letter.reason == "page 3, record 1: no id, or none from 1 to 2^63-1"


def test_a_huge_item_without_an_id_becomes_a_stub_dead_letter() -> None:
    item = msgspec.json.encode({"id": 0, "other": "x" * 1_000_000})

    (letter,) = sorted_out(item).dead_letters

    assert msgspec.json.decode(letter.value) == {"id": None, "size": len(item)}


@pytest.mark.parametrize("oddity", [rb'"\ud800"', b"NaN", b"[[1e999]]", b'"\x01"', b'"\xff"'])
def test_an_odd_value_in_another_field_does_not_affect_the_key(oddity: bytes) -> None:
    item = b'{"id":7,"name":' + oddity + b"}"

    (message,) = sorted_out(item).messages

    assert (message.key, message.value) == ("7", item)


def test_only_the_fields_asked_for_are_read() -> None:
    assert fields_of(b'{"id":7,"meta_id":8,"name":"x"}', ["id", "hash"]) == {"id": 7}


@pytest.mark.parametrize("resource", Resource)
def test_of_two_records_under_one_key_in_one_answer_the_second_is_buried(
    resource: Resource,
) -> None:
    first, second = b'{"id":7,"name":"A"}', b'{"id":7,"name":"B"}'

    found = sorted_out(first, second, first, b'{"id":8}', resource=resource)

    assert [message.value for message in found.messages] == [first, first, b'{"id":8}']
    (letter,) = found.dead_letters
    key = found.messages[0].key
    assert (letter.code, letter.record_key, letter.value) == ("duplicate_key", key, second)
    assert letter.reason == f"page 3, record 2: another record has the same key {key}"
    assert len(set(found.record_numbers)) == 3


def test_a_huge_duplicate_becomes_a_stub_dead_letter() -> None:
    second = msgspec.json.encode({"id": 7, "other": "x" * 1_000_000})

    (letter,) = sorted_out(b'{"id":7}', second).dead_letters

    assert msgspec.json.decode(letter.value) == {"id": "7", "size": len(second)}
