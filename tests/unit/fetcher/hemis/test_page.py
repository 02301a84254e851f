"""Reading HEMIS's answers."""

import json
from typing import Any

import pytest

from services.fetcher.hemis.errors import HemisMalformed, HemisRejected, HemisUnavailable
from services.fetcher.hemis.page import Page
from services.fetcher.hemis.parse_page import parse_object, parse_page

PAGINATION = {"totalCount": 120, "pageSize": 50, "pageCount": 3, "page": 2}


def envelope(items: list[Any], **pagination: Any) -> dict[str, Any]:
    content = {"items": items, "pagination": PAGINATION | pagination}
    return {"success": True, "error": None, "data": content, "code": 200}


def encoded(content: Any) -> bytes:
    return json.dumps(content).encode()


def with_item(item: bytes) -> bytes:
    return encoded(envelope(["HERE"])).replace(b'"HERE"', item)


def test_a_page_has_items_total_and_page_count() -> None:
    page = parse_page(encoded(envelope([{"id": 1}, {"id": 2}])), 2)

    assert page == Page(2, 3, 120, (b'{"id": 1}', b'{"id": 2}'), 50, is_vouched_for=True)


def test_items_stay_the_bytes_that_were_sent() -> None:
    item = b'{ "id":1,"big":123456789012345678901234567890,"pi":3.140,"n":"O\\u2018"}'

    page = parse_page(with_item(item), 2)

    assert page.items == (item,)


def test_the_envelope_may_be_arrays_of_one() -> None:
    content = envelope([{"id": 1}])
    content["data"]["pagination"] = [content["data"]["pagination"]]
    content["data"] = [content["data"]]

    page = parse_page(encoded(content), 2)

    assert (page.page_count, page.items) == (3, (b'{"id": 1}',))


def test_counts_may_be_text() -> None:
    page = parse_page(encoded(envelope([{"id": 1}], totalCount="120", pageCount="3")), 2)

    assert (page.total, page.page_count) == (120, 3)


@pytest.mark.parametrize("missing", ["page", "pageCount", "pageSize"])
def test_all_but_the_total_can_be_worked_out(missing: str) -> None:
    content = envelope([{"id": 1}])
    del content["data"]["pagination"][missing]

    page = parse_page(encoded(content), 2)

    assert (page.number, page.page_count) == (2, 3)


def test_a_null_among_the_items_stays_an_item() -> None:
    assert parse_page(encoded(envelope([None, {"id": 1}])), 2).items == (b"null", b'{"id": 1}')


def test_an_empty_list_is_a_page() -> None:
    content = envelope([], totalCount=0, pageCount=0, page=1)

    assert parse_page(encoded(content), 1) == Page(1, 0, 0, (), 50, is_vouched_for=True)


def test_a_page_beyond_the_last_repeats_the_last_page() -> None:
    page = parse_page(encoded(envelope([{"id": 1}], page=3)), 4)

    assert (page.number, page.page_count) == (3, 3)


def test_an_empty_page_beyond_the_last_is_a_page() -> None:
    assert parse_page(encoded(envelope([], page=4)), 4).items == ()


def test_another_page_than_the_requested_one_is_malformed() -> None:
    with pytest.raises(HemisMalformed, match="asked for page 3, got page 2"):
        parse_page(encoded(envelope([{"id": 1}])), 3)


def test_an_empty_page_inside_the_list_is_no_answer() -> None:
    with pytest.raises(HemisMalformed, match="page 2 is empty although HEMIS counts 120"):
        parse_page(encoded(envelope([])), 2)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"12",
        b"{}",
        b"<!DOCTYPE html><html>Kirish</html>",
        b'{"success":true,"data":null}',
        b'{"success":true,"data":[]}',
        b'{"success":true,"data":{"items":[]}}',
        b'{"success":true,"data":{"items":{},"pagination":{"totalCount":20,"pageSize":5}}}',
        b'{"success":true,"data":{"items":false,"pagination":{"totalCount":0}}}',
        b'{"success":true,"data":{"items":"","pagination":{"totalCount":0}}}',
        b'{"success":true,"data":{"items":[],"pagination":{"totalCount":"many"}}}',
        b'{"success":true,"data":{"items":[],"pagination":[]}}',
        b'{"success":false,"error":"Ivanov I. I.","data":null}',
        b'{"success":false,"error":"x","data":null,"code":200}',
        encoded(envelope([{"id": 1}, {"id": 2}]))[:-40],
        encoded(envelope([{"id": 1}, {"id": 2}]))[:-1],
    ],
)
def test_any_other_body_is_malformed_and_the_error_does_not_quote_it(body: bytes) -> None:
    with pytest.raises(HemisMalformed) as caught:
        parse_page(body, 2)

    assert "Ivanov" not in str(caught.value)


@pytest.mark.parametrize(
    ("code", "kind"), [(401, HemisRejected), (403, HemisRejected), (500, HemisUnavailable)]
)
def test_a_refusal_inside_an_answer_of_status_200_is_a_refusal(
    code: int, kind: type[Exception]
) -> None:
    body = encoded({"success": False, "error": "x", "data": None, "code": code})

    with pytest.raises(kind):
        parse_page(body, 2)


@pytest.mark.parametrize(
    "item",
    [
        b'{"id":1,"name":"half a pair \\ud800"}',
        b'{"id":1,"gpa":NaN}',
        b'{"id":1,"name":"brackets ]}, and \\" quotes","gpa":Infinity}',
        b'{"id":1,"deep":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"id":1,"raw":"\x00"}',
        b'{"id":1,"latin":"\xff"}',
    ],
)
def test_an_item_of_invalid_json_does_not_fail_the_page(item: bytes) -> None:
    body = encoded(envelope(["HERE", {"id": 2}])).replace(b'"HERE"', item)

    assert parse_page(body, 2).items == (item, b'{"id": 2}')


def test_one_object_is_read_as_it_is_or_in_an_array() -> None:
    assert parse_object(b'{"success":true,"data":{"id":1}}') == {"id": 1}
    assert parse_object(b'{"success":true,"data":[{"id":1}]}') == {"id": 1}


@pytest.mark.parametrize("nothing", [b"null", b"[]", b"{}"])
def test_no_object_is_none(nothing: bytes) -> None:
    assert parse_object(b'{"success":true,"data":' + nothing + b"}") is None


def test_an_answer_that_is_no_json_is_no_object() -> None:
    with pytest.raises(HemisMalformed):
        parse_object(b"<html>")


@pytest.mark.parametrize(
    ("success", "vouched"), [('"success":true,', True), ("", False), ('"success":null,', False)]
)
def test_only_an_answer_that_says_success_is_vouched_for(
    success: str,
    vouched: bool,  # noqa: FBT001 — what is expected
) -> None:
    body = '{%s"data":{"items":[],"pagination":{"totalCount":0,"pageSize":200,"pageCount":0}}}'

    try:
        page = parse_page((body % success).encode(), 1)
    except HemisMalformed:
        assert not vouched
    else:
        assert page.is_vouched_for is vouched


def test_a_page_that_was_cut_out_of_broken_json_is_not_vouched_for() -> None:
    body = (
        b'{"success":true,"data":{"items":[{"id":1,"name":NaN}],'
        b'"pagination":{"totalCount":1,"pageSize":200,"pageCount":1}}}'
    )

    assert not parse_page(body, 1).is_vouched_for


BOM = b"\xef\xbb\xbf"
ITEM = b'{ "id":1, "name":"O\\u2018,]}" }'


@pytest.mark.parametrize("broken", [b"", b',"gpa":NaN'])
def test_items_sent_as_an_object_are_a_list_of_the_bytes_that_were_sent(broken: bytes) -> None:
    item = ITEM[:-2] + broken + b" }"
    body = with_item(item)
    listed = body.replace(b"[" + item + b"]", b'{"1": ' + item + b' , "a \\" b":{"id":2},"7":null}')

    assert listed != body
    assert parse_page(listed, 2).items == (item, b'{"id":2}', b"null")


def test_an_object_without_items_is_an_empty_list() -> None:
    body = encoded(envelope([], totalCount=0, pageCount=0, page=1)).replace(b"[]", b"{}")

    assert parse_page(body, 1).items == ()


def test_a_byte_order_mark_is_skipped() -> None:
    body = with_item(ITEM)

    assert parse_page(BOM + body, 2) == parse_page(body, 2)
    assert parse_page(BOM + with_item(b"NaN"), 2).items == (b"NaN",)
    assert parse_object(BOM + b'{"success":true,"data":{"id":1}}') == {"id": 1}


@pytest.mark.parametrize("yes", [1, "1", "true"])
def test_success_may_have_the_forms_of_php(yes: object) -> None:
    assert parse_page(encoded(envelope([{"id": 1}]) | {"success": yes}), 2).is_vouched_for


@pytest.mark.parametrize("no", [0, "0", "false"])
def test_a_refusal_may_have_the_forms_of_php(no: object) -> None:
    with pytest.raises(HemisRejected):
        parse_page(encoded({"success": no, "code": 401, "data": None}), 2)
