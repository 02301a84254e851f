"""Whatever a list is cut into, its pages joined have the shape of the whole."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.fetcher.syncs.item_shape import joined, shape_of

NAMES = st.sampled_from(["id", "group", "name", "Ism Familiya"])
VALUES = st.recursive(
    st.sampled_from([None, True, 1, 1.5, "", "x", [], [1]]),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
ITEMS = st.lists(st.dictionaries(NAMES, VALUES, max_size=4).map(msgspec.json.encode), max_size=12)


@given(ITEMS, ITEMS)
def test_pages_may_come_in_any_order_and_cut(one: list[bytes], other: list[bytes]) -> None:
    assert joined(shape_of(one), shape_of(other)) == shape_of(one + other)
    assert joined(shape_of(other), shape_of(one)) == shape_of(one + other)
