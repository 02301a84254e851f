"""Which page HEMIS gives, and in what it wraps it. Pure."""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from libs.simulator.behaviour import LARGEST_PAGE

DEFAULT_LIMIT = 20


class PageRequest(NamedTuple):
    page: int
    limit: int


class Pagination(NamedTuple):
    total_count: int
    page_size: int
    page_count: int
    page: int

    @property
    def start(self) -> int:
        return (self.page - 1) * self.page_size

    def as_hemis(self) -> dict[str, int]:
        names = ("totalCount", "pageSize", "pageCount", "page")
        return dict(zip(names, self, strict=True))


def page_request(query: Mapping[str, str], largest: int = LARGEST_PAGE) -> PageRequest:
    """``page`` and ``limit`` as Yii2 reads them: no number is 0, and 0 becomes 1.

    Source: yiisoft/yii2, framework/data/Pagination.php (pageSizeLimit, validatePage).
    """
    page = _integer(query.get("page", "1"))
    limit = _integer(query.get("limit", str(DEFAULT_LIMIT)))
    return PageRequest(max(page, 1), min(max(limit, 1), largest))


def paginate(total: int, asked: PageRequest, past_end: Literal["clamp", "empty"]) -> Pagination:
    page_count = -(-total // asked.limit)
    page = asked.page if past_end == "empty" else max(min(asked.page, page_count), 1)
    return Pagination(total, asked.limit, page_count, page)


def success(content: object) -> bytes:
    return msgspec.json.encode({"success": True, "error": None, "data": content, "code": 200})


def failure(error: str, code: int) -> bytes:
    return msgspec.json.encode({"success": False, "error": error, "data": None, "code": code})


def page_body(
    items: Sequence[msgspec.Raw], pagination: Pagination, envelope: Literal["object", "array"]
) -> bytes:
    if envelope == "array":
        return success([{"items": items, "pagination": [pagination.as_hemis()]}])
    return success({"items": items, "pagination": pagination.as_hemis()})


def _integer(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        return 0
