"""Any item is stored whole in its row, or refused with its field."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.resources import Resource
from services.loader.errors import RecordRefused
from services.loader.mapping.exact_json import decode
from tests.generated_items import as_json, items
from tests.unit.loader.sample_kafka_records import ANY, TABLES
from tests.value_oracle import PLACES, exactly, lost, shown

numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.text() | numbers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
fields = st.sampled_from(["id", "meta_id", "gender", "group", "birth_date", "email", "avg_gpa"])


@given(st.dictionaries(fields | st.text(), json_values, max_size=6))
def test_any_object_is_mapped_or_refused_with_its_field(item: dict[str, Any]) -> None:
    mapping = TABLES[ANY].mapping

    try:
        row = mapping.read(dict(item))
    except RecordRefused as refused:
        assert refused.code in {"wrong_type", "out_of_range"}
    else:
        assert len(row) == len(mapping.columns)


@pytest.mark.parametrize("resource", PLACES)
@given(data=st.data())
def test_every_value_of_an_item_is_in_its_row(resource: Resource, data: st.DataObject) -> None:
    item = shown(data.draw(items(resource))) | {"id": 1}
    mapping = TABLES[resource].mapping

    try:
        row = dict(zip(mapping.columns, mapping.read(decode(as_json(item))), strict=True))
    except RecordRefused as refused:
        assert refused.code in {"wrong_type", "out_of_range"}
    else:
        kept = row | {"extra": exactly(row["extra"])}
        assert not lost(exactly(as_json(item)), kept, PLACES[resource])
