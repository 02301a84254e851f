"""Unknown fields are named, at most a fixed number of them, and never a value."""

import pytest

from libs.common.contracts.item_shapes import MAX_NAMES
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
def test_unknown_fields_are_named_but_no_text_that_may_be_a_value(
    value: bytes, names: set[str]
) -> None:
    assert read(value).unknown_fields == names


def test_the_fast_path_leaves_unknown_fields_to_the_mapping() -> None:
    known = b'{"id": 1, "department": {"id": 5, "parent": 1}}'
    unknown = b'{"id": 1, "department": {"id": 5, "parents": 1}}'

    assert STUDENTS.fast_path.read(known) is not None
    assert STUDENTS.fast_path.read(unknown) is None


def test_a_sync_names_at_most_as_many_fields_as_its_event_can_hold() -> None:
    many = [f'{{"id": 1, "x{n}": 1, "x{n}b": 2}}'.encode() for n in range(MAX_NAMES)]

    (found,) = unknown_fields_of(read(value) for value in many)

    assert len(found.fields) == MAX_NAMES


def test_a_refused_record_adds_no_unknown_fields() -> None:
    value = b'{"id": 1, "score": 5, "birth_date": "soon"}'

    assert unknown_fields_of([read(value)]) == []
    assert unknown_fields_of([read(b'{"id": 1, "score": 5}')]) == [
        UnknownFields("s", Resource.STUDENTS, ("score",))
    ]
