"""A masked record shows its structure and no personal data."""

import json
from typing import Any

import pytest

from services.gateway.dead_letters.masking import (
    NESTED,
    NotReadable,
    full_value,
    masked,
    parsed,
)

ODD = [b"", b"not json", b"{", b"[" * 100_000, b'{"a":' * 5_000, b"\xff\xfe"]


def test_texts_and_numbers_become_their_types_and_ids_stay() -> None:
    item = {
        "id": 50421,
        "meta_id": "7",
        "full_name": "VALIYEVA LOLA",
        "student_id_number": "326251200658",
        "birth_date": 1027987200,
        "avg_gpa": 4.5,
        "email": "",
        "active": True,
        "group": {"id": 3, "name": "A-1"},
        "tutorGroups": [{"id": 9, "name": "B"}, None],
    }

    assert masked(item) == {
        "id": 50421,
        "meta_id": "7",
        "full_name": "<text>",
        "student_id_number": "<text>",
        "birth_date": "<number>",
        "avg_gpa": "<number>",
        "email": "",
        "active": True,
        "group": {"id": 3, "name": "<text>"},
        "tutorGroups": [{"id": 9, "name": "<text>"}, None],
    }


@pytest.mark.parametrize("value", ["VALIYEVA", 2**70, -1, 1.5, "1" * 40])
def test_an_id_that_cannot_be_one_is_masked(value: object) -> None:
    assert masked({"id": value}) in ({"id": "<text>"}, {"id": "<number>"})


def test_too_deep_nesting_is_cut() -> None:
    deep: Any = "VALIYEVA"
    for _ in range(100):
        deep = [deep]

    shown = json.dumps(masked(deep))

    assert NESTED in shown
    assert "VALIYEVA" not in shown


@pytest.mark.parametrize("value", ODD, ids=range(len(ODD)))
def test_a_value_that_is_not_json_is_not_readable(value: bytes) -> None:
    with pytest.raises(NotReadable):
        parsed(value)


@pytest.mark.parametrize(
    "value", [b'{"a":NaN}', b'{"a":"\\ud800"}', b'{"a":"\x01"}', b'{"a":1e999}', b'{"a":"\xff"}']
)
def test_almost_valid_json_is_masked_too(value: bytes) -> None:
    assert masked(parsed(value))["a"] in {"<text>", "<number>"}


@pytest.mark.parametrize(
    "value", [*ODD, b'{"a":NaN}', b'{"a":"\\ud800"}', b'{"a":"\xff"}', b"[" * 500 + b"]" * 500]
)
def test_in_full_invalid_json_is_shown_as_text(value: bytes) -> None:
    assert full_value(value) == value.decode(errors="replace")


def test_in_full_numbers_stay_exact() -> None:
    assert full_value(b'{"a":1180591620717411303424,"b":0.1}') == {"a": 2**70, "b": 0.1}
