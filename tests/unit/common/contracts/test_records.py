"""Keys, headers and partitions of records: what other systems rely on."""

import hashlib
from typing import Any

import pytest

from libs.common.contracts.dead_letters import DeadLetter
from libs.common.contracts.records import (
    RecordOrigin,
    position_key,
    record_headers,
    record_key,
    usable_id,
)
from libs.common.contracts.resources import Resource
from libs.common.kafka.producer import partition_of

GREATEST = 2**63 - 1


@pytest.mark.parametrize("value", [1, 50421, GREATEST, "1", "50421", str(GREATEST)])
def test_an_id_is_an_integer_or_the_same_as_text(value: object) -> None:
    assert usable_id(value) == int(str(value))


@pytest.mark.parametrize(
    "value",
    [
        *(None, 0, -1, GREATEST + 1, 1.0, True, [], [1], {}, {"id": 1}),
        *("", "0", "-1", " 1", "1 ", "1.0", "1e3", "٣", "²", "abc", "9" * 5_000),
        str(GREATEST + 1),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_other_values_are_not_ids(value: object) -> None:
    assert usable_id(value) is None


def test_a_students_key_is_the_id_in_decimal() -> None:
    assert record_key(Resource.STUDENTS, 50421, {"id": 50421, "meta_id": 7}) == "50421"


@pytest.mark.parametrize("meta_id", [2600, "2600"])
def test_a_positions_key_is_the_persons_id_and_the_positions(meta_id: object) -> None:
    assert record_key(Resource.EMPLOYEES, 1826, {"meta_id": meta_id}) == "1826:2600"


POSITION = {
    "department": {"id": 12, "code": "330-101"},
    "staffPosition": {"code": "14", "name": "Dotsent"},
    "employmentForm": {"code": "11"},
    "employmentStaff": {"code": "13"},
    "contract_number": "15-A",
}


def of(text: str) -> str:
    return "x" + hashlib.sha256(text.encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("item", "parts"),
    [
        (POSITION, "1826|12|14|11|13|15-A"),
        (POSITION | {"meta_id": None}, "1826|12|14|11|13|15-A"),
        (POSITION | {"meta_id": 0}, "1826|12|14|11|13|15-A"),
        (POSITION | {"department": {"id": "12"}}, "1826|12|14|11|13|15-A"),
        (POSITION | {"department": {"id": "a-uuid"}}, "1826|a-uuid|14|11|13|15-A"),
        (POSITION | {"department": None}, "1826||14|11|13|15-A"),
        (POSITION | {"staffPosition": {"code": None}}, "1826|12||11|13|15-A"),
        (POSITION | {"employmentForm": "11"}, "1826|12|14|11|13|15-A"),
        (POSITION | {"contract_number": 15}, "1826|12|14|11|13|15"),
        (POSITION | {"contract_number": "O‘|x"}, "1826|12|14|11|13|O‘|x"),
        ({}, "1826|||||"),
    ],
)
def test_the_key_of_a_position_without_meta_id_is_derived_from_its_fields(
    item: dict[str, Any], parts: str
) -> None:
    assert position_key(1826, item) == of(parts)


def test_the_fallback_key_never_changes() -> None:
    assert position_key(1826, POSITION) == "x195fc9931fbcb913"


@pytest.mark.parametrize(
    "other",
    [
        {"department": {"id": 13}},
        {"staffPosition": {"code": "15"}},
        {"employmentForm": {"code": "12"}},
        {"employmentStaff": {"code": "11"}},
        {"contract_number": "15-B"},
    ],
)
def test_two_positions_of_a_person_have_two_keys(other: dict[str, Any]) -> None:
    assert position_key(1826, POSITION) != position_key(1826, POSITION | other)


@pytest.mark.parametrize("nothing", [None, False, "", [], {}])
def test_empty_values_of_php_count_as_missing_fields(nothing: object) -> None:
    for name in set(POSITION):
        lacking = {known: value for known, value in POSITION.items() if known != name}

        assert position_key(1826, lacking | {name: nothing}) == position_key(1826, lacking)


def test_the_headers_are_a_cloud_event_and_say_where_a_record_came_from() -> None:
    value = b'{"id": 50421}'
    origin = RecordOrigin(
        resource=Resource.STUDENTS,
        sync_id="a-sync",
        page=25,
        place=3,
        source="https://student.example.uz",
        ce_time=1_795_395_625_123,
    )

    headers = record_headers(origin, "50421", value)

    assert dict(headers) == {
        "ce_specversion": b"1.0",
        "ce_id": b"a-sync/25/3",
        "ce_type": b"uz.hemis.student.v1",
        "ce_source": b"https://student.example.uz",
        "ce_subject": b"50421",
        "ce_time": b"2026-11-23T01:00:25.123Z",
        "content-type": b"application/json",
        "sync_id": b"a-sync",
        "page": b"25",
        "content_hash": hashlib.sha256(value).hexdigest().encode(),
    }


def test_a_position_has_a_type_of_its_own() -> None:
    assert Resource.EMPLOYEES.record_type == "uz.hemis.employee-position.v1"


def test_the_headers_of_a_dead_letter_have_its_reason_and_origin() -> None:
    letter = DeadLetter(
        dead_letter_id="hemis.students-2-1042",
        resource=Resource.STUDENTS,
        code="wrong_type",
        reason="birth_date: no number",
        sync_id="a-sync",
        record_key=None,
        buried_at=17,
        value=b"{}",
    )

    assert dict(letter.headers()) == {
        "original_key": b"",
        "resource": b"students",
        "code": b"wrong_type",
        "reason": b"birth_date: no number",
        "sync_id": b"a-sync",
        "buried_at": b"17",
    }


# The vectors of Kafka's own UtilsTest.testMurmur2.
@pytest.mark.parametrize(
    ("key", "murmur2"),
    [
        ("21", -973932308),
        ("foobar", -790332482),
        ("a-little-bit-long-string", -985981536),
        ("a-little-bit-longer-string", -1486304829),
        ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        ("abc", 479470107),
    ],
)
@pytest.mark.parametrize("partitions", [1, 4, 7, 1000])
def test_a_partition_is_chosen_as_kafkas_own_clients_choose_it(
    key: str, murmur2: int, partitions: int
) -> None:
    assert partition_of(key, partitions) == (murmur2 & 0x7FFFFFFF) % partitions
