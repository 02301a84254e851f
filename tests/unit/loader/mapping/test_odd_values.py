"""Unusual bytes are loaded whole or refused, never cut."""

from decimal import Decimal
from typing import Any

import pytest

from libs.common.contracts.records import record_key
from libs.common.contracts.resources import Resource
from tests.copy_format import columns_of
from tests.unit.loader.sample_kafka_records import ANY, TABLES, read
from tests.value_oracle import exactly

# Deeper than any Python reads: 3.11 gives up at its recursion limit, 3.13 at ten thousand.
DEEP = 50_000
NUL, REPLACED = "\\u0000", "\N{REPLACEMENT CHARACTER}"


def column(value: bytes, name: str, resource: Resource = ANY, key: str = "1") -> bytes | None:
    row = read(value, resource, key).row
    assert row is not None
    return columns_of(row)[TABLES[resource].columns.index(name)]


def extra(value: bytes, resource: Resource = ANY, key: str = "1") -> Any:
    return exactly((column(value, "extra", resource, key) or b"\1null")[1:])


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (b'\xef\xbb\xbf{"id": 1}', "not_json"),
        (b'{"id": 1, "full_name": "\xff"}', "not_json"),
        (b'{"id": 1, "full_name": "\xed\xa0\x80"}', "not_json"),
        (b'{"id": 1, "full_name": "\xc0\x80"}', "not_json"),
        (b'{"id": 1, "full_name": "a\0b"}', "not_json"),
        (b'{"id": 1, "full_name": "\\ud800"}', "not_json"),
        (b'{"id": 1, "unknown": "\xff"}', "not_json"),
        (b'{"id": 1, "unknown": {"\xff": 1}}', "not_json"),
        (b'{"id": 1, "unknown": {"\\udc00": 1}}', "not_json"),
        (b'{"id": 1, "\xff": 1}', "not_json"),
        (b'{"id": 1, "\\ud800": 1}', "not_json"),
        (b'{"id": 1, "terrain": "\xff"}', "not_json"),
        (b'{"id": 1, "gender": {"code": "\\udc00"}}', "not_json"),
        (b'{"id": 1, "gender": {"\\udc00": "11"}}', "not_json"),
        (b'{"id": 1, "unknown": NaN}', "not_json"),
        (b'{"id": 1, "avg_gpa": Infinity}', "not_json"),
        (b'{"id": 1, "avg_gpa": -Infinity}', "not_json"),
        (b'{"id": 1, "avg_gpa": 1e999999999999999999999}', "not_json"),
        (b'{"id": 1, "unknown": 1e999999999999999999999}', "not_json"),
        (f'{{"id": 1, "unknown": {"9" * 5000}}}'.encode(), "not_json"),
        (f'{{"id": 1, "unknown": {nested(DEEP)}}}'.encode(), "not_json"),
        (f'{{"id": 1, "gender": {nested(DEEP)}}}'.encode(), "not_json"),
        (f'{{"id": 1, "{NUL}": {nested(DEEP // 4)}}}'.encode(), "not_json"),
        (b'{"id": 1} {"id": 1}', "not_json"),
        (b"", "not_json"),
        (b"null", "not_an_object"),
        (b'{"id": 1, "id": 2}', "wrong_key"),
        (b'{"id": 1.0}', "wrong_key"),
        (b'{"id": true}', "wrong_key"),
        (b'{"id": null}', "wrong_key"),
        (b'{"id": 1, "x\\u0000": 1, "x\\ufffd": 2}', "same_names"),
        (b'{"id": 1, "meta_id": 1180591620717411303424}', "out_of_range"),
        (b'{"id": 1, "year_of_enter": 2147483648}', "out_of_range"),
        (b'{"id": 1, "year_of_enter": "20_24"}', "wrong_type"),
        (b'{"id": 1, "birth_date": 999999999999}', "out_of_range"),
        (b'{"id": 1, "birth_date": -99999999999}', "out_of_range"),
        (b'{"id": 1, "birth_date": 253402300799}', "out_of_range"),
        (b'{"id": 1, "birth_date": "2005-01-01"}', "wrong_type"),
        (b'{"id": 1, "created_at": 1.5}', "wrong_type"),
        (b'{"id": 1, "full_name": true}', "wrong_type"),
        (b'{"id": 1, "gender": [1]}', "wrong_type"),
        (b'{"id": 1, "gender": 11}', "wrong_type"),
        (b'{"id": 1, "gender": {"code": {"a": 1}}}', "wrong_type"),
        (b'{"id": 1, "group": {"educationLang": 11}}', "wrong_type"),
    ],
)
def test_a_value_that_cannot_be_kept_as_sent_is_refused(value: bytes, code: str) -> None:
    incoming = read(value)

    assert incoming.row is None
    assert incoming.refused is not None
    assert incoming.refused.code == code


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (b'{"id": 1, "x": 1180591620717411303424}', {"x": 2**70}),
        (b'{"id": 1, "x": -1180591620717411303424}', {"x": -(2**70)}),
        (b'{"id": 1, "x": 0.10000000000000000000001}', {"x": Decimal("0.10000000000000000000001")}),
        (b'{"id": 1, "x": 1e400}', {"x": Decimal("1e400")}),
        (b'{"id": 1, "\\ud83d\\ude00": "\\ud83d\\ude00"}', {"😀": "😀"}),
        (b'{"id": 1, "x": "\\\\u0000"}', {"x": "\\u0000"}),
        (b'{"id": 1, "x\\u0000": ["\\u0000", {"\\u0000": "\\u0000"}]}', None),
        (b'{"id": 1, "x": 1, "x": 2}', {"x": 2}),
        (b'{"id": 1, "gender": {"code": "1", "y": [], "code": "2"}}', {"gender": {"y": []}}),
        (b'{"id": 1, "group": [], "terrain": [], "level": {}}', {"terrain": []}),
        (b'{"id": "1", "update_at": 5}', {"update_at": 5}),
    ],
)
def test_a_field_without_a_column_is_kept_as_sent(value: bytes, kept: Any) -> None:
    assert extra(value) == (kept or {f"x{REPLACED}": [REPLACED, {REPLACED: REPLACED}]})


@pytest.mark.parametrize(
    ("value", "name", "text"),
    [
        (b'{"id": 1, "department": {"id": 5}}', "department_id", "5"),
        (b'{"id": 1, "department": {"id": "5"}}', "department_id", "5"),
        (b'{"id": 1, "department": "Fizika"}', "department_name", "Fizika"),
        (b'{"id": 1, "specialty": {"id": "a1b2-c3"}}', "specialty_id", "a1b2-c3"),
        (b'{"id": 1, "group": "101-24"}', "group_name", "101-24"),
        (b'{"id": 1, "full_name": 12}', "full_name", "12"),
        (b'{"id": 1, "full_name": "a\\u0000b"}', "full_name", f"a{REPLACED}b"),
        (b'{"id": 1, "full_name": ""}', "full_name", ""),
    ],
)
def test_a_value_of_another_type_with_the_same_meaning_is_accepted(
    value: bytes, name: str, text: str
) -> None:
    assert column(value, name) == text.encode()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (b'{"id": 1, "update_at": 5}', None),
        (b'{"id": 1, "update_at": 5, "updated_at": null}', None),
        (b'{"id": 1, "updated_at": 5, "update_at": 6}', {"update_at": 6}),
    ],
)
def test_two_names_of_one_field_lose_neither_value(value: bytes, said: Any) -> None:
    key = f"1:{record_key(Resource.EMPLOYEES, 1, {})}"
    at = column(value, "source_updated_at", Resource.EMPLOYEES, key)

    assert at == column(b'{"id": 1, "updated_at": 5}', "source_updated_at", Resource.EMPLOYEES, key)
    assert extra(value, Resource.EMPLOYEES, key) == said


def test_replaced_nuls_are_counted_without_escaped_backslashes() -> None:
    value = b'{"id": 1, "full_name": "\\u0000\\u0000", "x\\u0000": "\\\\u0000"}'

    assert read(value).replaced_nuls == 3
    assert read(b'{"id": 1, "x": "\\\\u0000"}').replaced_nuls == 0
