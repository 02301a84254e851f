"""Limits of one answer of HEMIS, in bytes, values and counts. Pure."""

from typing import Annotated, Any

import msgspec

from libs.common.contracts.records import is_empty_value
from services.fetcher.hemis.errors import HemisMalformed

MOST_BYTES = 16 * 1024 * 1024
"""Uncompressed; a page of 200 students has about half a megabyte."""
MOST_TOKENS = 1_000_000
"""JSON tokens, because a short value needs far more memory than its bytes."""
MOST_ITEMS = 10_000
MOST_RECORDS = 10_000_000
"""Records or pages of one list; the country has fewer students."""

_Count = Annotated[int, msgspec.Meta(ge=0, le=MOST_RECORDS)]


def require_few_items(count: int) -> None:
    """Raise HemisMalformed if a list is longer than any page."""
    if count > MOST_ITEMS:
        raise HemisMalformed(f"the answer has more than {MOST_ITEMS:,} items")


def count_of(name: str, value: Any) -> int | None:  # noqa: ANN401 — any JSON
    """Read a count, also as text; None for an empty value; raises HemisMalformed."""
    if is_empty_value(value):
        return None
    try:
        return msgspec.convert(value, _Count, strict=False)
    except msgspec.ValidationError:
        message = f"{name} is not a whole number from 0 to {MOST_RECORDS:,}"
        raise HemisMalformed(message) from None
