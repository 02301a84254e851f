"""Parses answers of HEMIS; items stay the bytes that were sent. Pure."""

from codecs import BOM_UTF8
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import msgspec

from services.fetcher.hemis.bounds import MOST_TOKENS, count_of, require_few_items
from services.fetcher.hemis.errors import HemisMalformed, error_for
from services.fetcher.hemis.page import HEMIS_MISCOUNTS_BY, Page
from services.fetcher.hemis.salvage import elements, lift_items

T = TypeVar("T")

_TOKEN_STARTS = (b'"', b",", b"[", b"{")
_REFUSALS = range(201, 600)
# msgspec does not wrap two errors: invalid UTF-8 and too deep nesting.
_NO_JSON = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Pagination(msgspec.Struct, rename="camel"):
    total_count: Any
    page_size: Any = 0
    page_count: Any = 0
    page: Any = 0


class _Counts(NamedTuple):
    """HEMIS's counts of a list; 0 if a count is missing."""

    total: int
    page_size: int
    page_count: int
    page: int


class _Listing(msgspec.Struct):
    items: msgspec.Raw
    pagination: msgspec.Raw


class _Envelope(msgspec.Struct):
    success: bool = True
    data: msgspec.Raw = msgspec.Raw(b"null")
    code: Any = None


class _Success(msgspec.Struct):
    success: bool | None = None


def parse_page(body: bytes, number: int) -> Page:
    """Parse the answer to a request for this page.

    Raises:
        HemisMalformed: anything but a page, such as an error that looks like an empty page.
        HemisRejected: a refusal inside an answer of status 200.
    """
    body = _readable(body)
    try:
        return replace(_page(body, number), is_vouched_for=_says_success(body))
    except _NO_JSON:
        # One item with invalid JSON must not fail the page: cut the items out as they are, so that
        # only that item is rejected.
        return _salvaged_page(body, number)


def _salvaged_page(body: bytes, number: int) -> Page:
    rest, items = lift_items(body)
    try:
        return _page(rest, number, items)
    except _NO_JSON as error:
        raise HemisMalformed("the answer is no JSON") from error


def _page(body: bytes, number: int, lifted: tuple[bytes, ...] = ()) -> Page:
    listing = _decode(_content(body), _Listing)
    items = lifted or _items(listing.items)
    require_few_items(len(items))
    counts = _counts(listing.pagination)
    page_count = max(counts.page_count, _pages_of(counts, len(items)))
    page = Page(counts.page or number, page_count, counts.total, items, counts.page_size)
    if page.number != number and number <= page_count:
        raise HemisMalformed(f"asked for page {number}, got page {page.number}")
    if not items and number <= page_count and not _may_be_empty(page):
        raise HemisMalformed(f"page {number} is empty although HEMIS counts {page.total} records")
    return page


def _items(collection: msgspec.Raw) -> tuple[bytes, ...]:
    match _first_byte(collection):
        case b"[":
            return tuple(map(bytes, msgspec.json.decode(collection, type=list[msgspec.Raw])))
        case b"{":
            return elements(bytes(collection))
        case _:
            raise HemisMalformed("the answer holds no list of items")


def _first_byte(value: msgspec.Raw) -> bytes:
    return bytes(memoryview(value)[:1])


def _counts(pagination: msgspec.Raw) -> _Counts:
    given = _decode(pagination, _Pagination)
    total = count_of("totalCount", given.total_count)
    if total is None:
        raise HemisMalformed("the answer has no totalCount")
    size = count_of("pageSize", given.page_size) or 0
    page_count = count_of("pageCount", given.page_count) or 0
    if page_count > max(total, 1):
        raise HemisMalformed("pageCount is greater than totalCount")
    return _Counts(total, size, page_count, count_of("page", given.page) or 0)


def _may_be_empty(page: Page) -> bool:
    """Tell whether HEMIS's total, one or two too high, adds a last page without items."""
    rest = page.total - (page.page_count - 1) * page.size
    return page.number == page.page_count > 1 and 0 < rest <= HEMIS_MISCOUNTS_BY


def parse_object(body: bytes) -> dict[str, Any] | None:
    """Parse the answer to a request for one object; None if HEMIS knows no such object.

    Raises:
        HemisMalformed: anything else.
        HemisRejected: a refusal inside an answer of status 200.
    """
    try:
        found = msgspec.json.decode(_content(_readable(body)))
    except _NO_JSON as error:
        raise HemisMalformed("the answer is no JSON object") from error
    if isinstance(found, list):
        found = found[0] if found else None
    return found if isinstance(found, dict) and found else None


def _readable(body: bytes) -> bytes:
    """Remove a byte order mark; raise HemisMalformed if parsing would need too much memory."""
    if sum(map(body.count, _TOKEN_STARTS)) > MOST_TOKENS:
        raise HemisMalformed("the answer has more JSON values than any page")
    return body.removeprefix(BOM_UTF8)


def _content(body: bytes) -> msgspec.Raw:
    try:
        envelope = msgspec.json.decode(body, type=_Envelope, strict=False)
    except msgspec.ValidationError as error:
        raise HemisMalformed("the answer is not HEMIS's envelope") from error
    if not envelope.success:
        raise _refusal(envelope.code)
    return envelope.data


def _says_success(body: bytes) -> bool:
    """Tell whether the answer contains ``success: true``; a missing one does not count here."""
    return msgspec.json.decode(body, type=_Success, strict=False).success is True


def _refusal(code: object) -> Exception:
    if isinstance(code, int) and code in _REFUSALS:
        return error_for(code, "an answer of status 200", None)
    return HemisMalformed("HEMIS answered success:false")


def _decode(content: msgspec.Raw, kind: type[T]) -> T:
    # The example in HEMIS's documentation wraps both objects into arrays of one.
    try:
        if _first_byte(content) == b"[":
            (content,) = msgspec.json.decode(content, type=tuple[msgspec.Raw])
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        raise HemisMalformed("the answer holds no items and pagination") from error


def _pages_of(counts: _Counts, items: int) -> int:
    """Compute the page count; 0 if HEMIS gave it, but no page size."""
    size = counts.page_size or (0 if counts.page_count else items or 1)
    return -(-counts.total // size) if size else 0
