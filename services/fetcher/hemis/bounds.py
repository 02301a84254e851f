"""How much of anything one answer of HEMIS may hold; beyond it, it is no page. Pure."""

from typing import Annotated, Any

import msgspec

from libs.common.contracts.nothing import is_nothing
from services.fetcher.hemis.errors import HemisMalformed

MOST_BYTES = 16 * 1024 * 1024
"""Unpacked; a page of 200 students has about half a megabyte."""
MOST_TOKENS = 1_000_000
"""Of those that JSON is made of: a value costs far more memory than its bytes."""
MOST_ITEMS = 10_000
MOST_RECORDS = 10_000_000
"""Of one list, and so of its pages: more than there are students in the country."""

_TOKEN_STARTS = (b'"', b",", b"[", b"{")
_Count = Annotated[int, msgspec.Meta(ge=0, le=MOST_RECORDS)]


def require_few_tokens(body: bytes) -> None:
    """Refuse what would cost too much to read; raises HemisMalformed."""
    if sum(map(body.count, _TOKEN_STARTS)) > MOST_TOKENS:
        raise HemisMalformed("the answer has too many parts for a page")


def require_few_items(count: int) -> None:
    """Refuse a list that is longer than any page; raises HemisMalformed."""
    if count > MOST_ITEMS:
        raise HemisMalformed(f"the answer has more than {MOST_ITEMS:,} items")


def count_of(name: str, value: Any) -> int | None:  # noqa: ANN401 — any JSON
    """Read a count, also as text; None where HEMIS says nothing; raises HemisMalformed."""
    if is_nothing(value):
        return None
    try:
        return msgspec.convert(value, _Count, strict=False)
    except msgspec.ValidationError:
        message = f"{name} is no whole number from 0 to {MOST_RECORDS:,}"
        raise HemisMalformed(message) from None
