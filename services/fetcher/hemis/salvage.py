"""Splits a list into items by brackets and quotes only, whatever an item contains.

For a page with invalid JSON: one bad item must not fail the page. And for a list that PHP sends as
an object, because its indexes do not begin at 0 or have a gap.
"""

import itertools
import re

from services.fetcher.hemis.bounds import require_few_items
from services.fetcher.hemis.errors import HemisMalformed

# Possessive, and an unfinished string matches to the end, so the time is linear in the size.
_TEXT = rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
_TOKEN = re.compile(_TEXT + rb"|[\[\]{},]", re.DOTALL)
_NAME = re.compile(rb"\s*+" + _TEXT + rb"\s*+:", re.DOTALL)
_ITEMS = re.compile(rb'"items"\s*+:\s*+[\[{]')


def lift_items(body: bytes) -> tuple[bytes, tuple[bytes, ...]]:
    """Cut the elements out of ``"items": […]``; return what is left and the elements.

    Raises:
        HemisMalformed: there is no such list, it does not end, or it is too long.
    """
    opening = _ITEMS.search(body)
    if opening is None:
        raise HemisMalformed("the answer is no JSON")
    cuts = _cuts(body, opening.end())
    items = _between(body, cuts)
    if not items:
        raise HemisMalformed("the answer is no JSON")
    return body[: cuts[0] + 1] + body[cuts[-1] :], items


def elements(collection: bytes) -> tuple[bytes, ...]:
    """Cut a list, or an object in place of one, into its values, byte for byte.

    Raises:
        HemisMalformed: it does not end, or it is too long.
    """
    return _between(collection, _cuts(collection, 1))


def _between(body: bytes, cuts: list[int]) -> tuple[bytes, ...]:
    is_object = body[cuts[0] : cuts[0] + 1] == b"{"
    pieces = (body[a + 1 : b] for a, b in itertools.pairwise(cuts))
    values = (_NAME.sub(b"", piece, count=1) if is_object else piece for piece in pieces)
    return tuple(value for piece in values if (value := piece.strip()))


def _cuts(body: bytes, start: int) -> list[int]:
    """Return the offsets of the list's opening bracket, own commas and closing bracket."""
    depth = 1
    cuts = [start - 1]
    for token in _TOKEN.finditer(body, start):
        sign = token.group()
        depth += (sign in b"[{") - (sign in b"]}")
        if depth == 0:
            return [*cuts, token.start()]
        if depth == 1 and sign == b",":
            cuts.append(token.start())
            require_few_items(len(cuts))
    raise HemisMalformed("the answer ends in the middle")
