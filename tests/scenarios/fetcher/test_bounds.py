"""One answer of HEMIS is bounded: its numbers, its size, and the work and memory it costs."""

import tracemalloc
from typing import Any

import pytest

from services.fetcher.hemis.bounds import MOST_ITEMS, MOST_TOKENS
from services.fetcher.hemis.errors import HemisMalformed
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.parse_page import parse_object, parse_page
from services.fetcher.hemis.salvage import lift_items
from tests.unit.fetcher.hemis.test_page import encoded, envelope

NOTHING: list[Any] = [None, False, "", [], {}]
ABSURD = [4294967295, 2147483648, 10_000_001, 2**63, 10**400, -1, -(2**31), "4294967295", "-1"]
MALFORMED = [*ABSURD, 1.5, "many", True, [1], {"a": 1}]


def page_with(**pagination: Any) -> Page:
    return parse_page(encoded(envelope([{"id": 1}], **pagination)), 2)


@pytest.mark.parametrize("value", MALFORMED)
@pytest.mark.parametrize("name", ["totalCount", "pageSize", "pageCount", "page"])
def test_an_impossible_count_makes_the_answer_malformed(name: str, value: object) -> None:
    with pytest.raises(HemisMalformed):
        page_with(**{name: value})


@pytest.mark.parametrize("value", NOTHING)
def test_a_total_of_nothing_makes_the_answer_no_page(value: object) -> None:
    with pytest.raises(HemisMalformed, match="totalCount"):
        page_with(totalCount=value)


@pytest.mark.parametrize("value", [*NOTHING, 0])
@pytest.mark.parametrize("name", ["pageSize", "pageCount", "page"])
def test_any_other_count_of_nothing_is_worked_out(name: str, value: object) -> None:
    page = page_with(**{name: value})

    assert (page.number, page.page_count, page.total) == (2, 3, 120)


def test_a_list_has_no_more_pages_than_records() -> None:
    with pytest.raises(HemisMalformed, match="pageCount"):
        page_with(pageCount=121)


@pytest.mark.parametrize("code", [10**30, 700, 99, -401, "10" * 20])
def test_a_refusal_with_an_unknown_status_is_malformed(code: object) -> None:
    body = encoded({"success": False, "error": "x", "data": None, "code": code})

    with pytest.raises(HemisMalformed, match="success:false"):
        parse_page(body, 1)


@pytest.mark.parametrize(
    "piece", [b"1,", b"[", b"{", b'"', b'"",', b"[],", b"{},", b'{"a":', b'\\"', b'"items":[', b" "]
)
@pytest.mark.parametrize("read", [lambda body: parse_page(body, 1), parse_object])
def test_an_answer_in_many_tiny_chunks_needs_little_memory(piece: bytes, read: Any) -> None:
    body = b'{"success":true,"data":{"items":[' + piece * (8 * 2**20 // len(piece))

    tracemalloc.start()
    with pytest.raises(HemisMalformed):
        read(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4 * len(body)


def test_more_items_than_any_page_has_are_no_page() -> None:
    body = encoded(envelope([1] * (MOST_ITEMS + 1)))

    with pytest.raises(HemisMalformed, match="items"):
        parse_page(body, 2)


def test_a_page_of_the_greatest_size_is_far_below_the_bounds() -> None:
    item = {"id": 1, **{f"field{n}": {"code": "11", "name": "Nomi"} for n in range(80)}}
    body = encoded(envelope([item] * 200))

    assert len(parse_page(body, 2).items) == 200
    assert sum(body.count(sign) for sign in (b'"', b",", b"[", b"{")) < MOST_TOKENS / 4


@pytest.mark.parametrize("piece", [b'\\"', b'"', b"\\", b'"\\', b'"items" ', b'"items":', b" "])
def test_a_broken_page_of_a_megabyte_is_rejected_quickly(
    piece: bytes,
) -> None:
    # Work that grows with the square of the size would take hours.
    with pytest.raises(HemisMalformed):
        lift_items(b'{"items":["' + piece * (2**20 // len(piece)))
