"""Items to try: as HEMIS sends them, or nearly."""

from copy import copy
from typing import Any

import msgspec
from hypothesis import strategies as st

from libs.common.contracts.resources import Resource
from tests.value_oracle import PLACES

whole = st.integers(-(2**70), 2**70) | st.integers(-(2**31), 2**31)
fractions = st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.decimals(
    -(10**5), 10**5, allow_nan=False
)
texts = st.text(max_size=12) | st.sampled_from(["", "0", "301", "\0", "A\0\0B", "\ufeff", "😀"])
leaves = st.none() | st.booleans() | texts | whole | fractions
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
nothing: st.SearchStrategy[Any] = st.sampled_from([None, False, "", [], {}]).map(copy)
seconds = st.integers(-(2**33), 2**33) | st.sampled_from([0, 1104519600, 1104537600])
usual = {
    "text": texts | whole,
    "number": texts,
    "whole": st.integers(-(2**31), 2**31 - 1),
    "numeric": whole | fractions,
    "boolean": st.sampled_from([True, False, 1, 0, "1", "0", "true", "false"]),
    "moment": seconds,
    "date": seconds,
    "list": st.lists(anything, max_size=3) | st.dictionaries(st.sampled_from("127"), anything),
}


@st.composite
def items(draw: st.DrawFn, resource: Resource) -> dict[str, Any]:
    """Draw some known fields, nearly always of their kind, and some that nobody knows."""
    # ``update_at`` is known, as the other name of a field: test_two_names_of_one_field has it.
    unknown = texts.filter(lambda name: name != "update_at")
    item: dict[str, Any] = draw(st.dictionaries(unknown, anything, max_size=2))
    places = PLACES[resource]
    for path in draw(st.lists(st.sampled_from(sorted(places)), max_size=8)):
        odds = draw(st.integers(0, 19))
        value = draw({0: anything, 1: nothing}.get(odds, usual[places[path].kind]))
        part = item
        for name in path[:-1]:
            if not isinstance(part.get(name), dict):
                part[name] = {}
            part = part[name]
        part[path[-1]] = value
    bare = draw(st.lists(st.sampled_from(sorted({path[0] for path in places})), max_size=1))
    return item | {name: draw(nothing | texts) for name in bare}


def as_json(item: dict[str, Any]) -> bytes:
    return msgspec.json.Encoder(decimal_format="number").encode(item)
