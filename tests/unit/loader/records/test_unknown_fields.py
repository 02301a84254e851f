"""Fields that nobody here knows: named, bounded, and never a value."""

import pytest

from libs.common.contracts.item_shapes import MOST_NAMES
from libs.common.contracts.resources import Resource
from services.loader.records.unknown_fields import UnknownFields, unknown_fields_of
from tests.unit.loader.sample_kafka_records import TABLES, read

STUDENTS = TABLES[Resource.STUDENTS]


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (b'{"id": 1, "score": 5, "gender": {"code": "11", "name": "x"}}', {"score"}),
        (b'{"id": 1, "gender": {"code": "11", "name": "x", "order": 1}}', {"gender.order"}),
        (b'{"id": 1, "gender": {"order": {"by": 1}}}', {"gender.order"}),
        (b'{"id": 1, "group": {"educationLang": {"x": 1}}}', {"group.educationLang.x"}),
        (b'{"id": 1, "terrain": {"code": "1"}, "other": {"x": {"y": 1}}}', set()),
        (b'{"id": 1, "department": {"parent": {"id": 1}, "structureType": {"x": 1}}}', set()),
        (b'{"id": 1, "province": {"_parent": "1"}, "educationYear": {"current": true}}', set()),
        (b'{"id": 1, "SINOVOV N.": 1, "": 2}', {"(unreadable)"}),
        (b'{"id": 1, "\\u0000": 1}', {"(unreadable)"}),
        (b'{"id": 1, "' + b"x" * 65 + b'": 1}', {"(unreadable)"}),
    ],
)
def test_what_is_unknown_is_named_and_what_is_no_name_is_not(value: bytes, names: set[str]) -> None:
    assert read(value).unknown_fields == names


def test_the_short_way_leaves_what_is_unknown_to_the_long_one() -> None:
    known = b'{"id": 1, "department": {"id": 5, "parent": 1}}'
    unknown = b'{"id": 1, "department": {"id": 5, "parents": 1}}'

    assert STUDENTS.fast_path.read(known) is not None
    assert STUDENTS.fast_path.read(unknown) is None


def test_a_sync_names_no_more_than_its_report_can_hold() -> None:
    many = [f'{{"id": 1, "x{n}": 1, "x{n}b": 2}}'.encode() for n in range(MOST_NAMES)]

    (drift,) = unknown_fields_of(read(value) for value in many)

    assert len(drift.fields) == MOST_NAMES


def test_a_record_that_is_refused_brings_nothing_new() -> None:
    value = b'{"id": 1, "score": 5, "birth_date": "soon"}'

    assert unknown_fields_of([read(value)]) == []
    assert unknown_fields_of([read(b'{"id": 1, "score": 5}')]) == [
        UnknownFields("s", Resource.STUDENTS, ("score",))
    ]
