"""Taking a page apart whose JSON is not proper: one bad item must cost that item, not the page."""

import itertools
import re

from services.fetcher.hemis.errors import HemisMalformed

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_ITEMS = re.compile(rb'"items"\s*:\s*\[')


def lift_items(body: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """Cut the elements out of ``"items": […]``; return what is left and the elements.

    Only brackets and quotes are looked at, so an element may be anything inside.

    Raises:
        HemisMalformed: there is no such list, or it does not end.
    """
    opening = _ITEMS.search(body)
    if opening is None:
        raise HemisMalformed("the answer is no JSON")
    cuts = _cuts(body, opening.end())
    pairs = itertools.pairwise(cuts)
    items = tuple(item for a, b in pairs if (item := body[a + 1 : b].strip()))
    if not items:
        raise HemisMalformed("the answer is no JSON")
    return body[: cuts[0] + 1] + body[cuts[-1] :], items


def _cuts(body: bytes, start: int) -> list[int]:
    """Places of the list's opening bracket, of its own commas, and of its closing bracket."""
    depth = 1
    cuts = [start - 1]
    for token in _TOKEN.finditer(body, start):
        sign = token.group()
        depth += (sign in b"[{") - (sign in b"]}")
        if depth == 0:
            return [*cuts, token.start()]
        if depth == 1 and sign == b",":
            cuts.append(token.start())
    raise HemisMalformed("the answer ends in the middle")
