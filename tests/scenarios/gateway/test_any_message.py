"""Any record can be masked, and any schedule has a description."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.dead_letters.masking import NESTED, masked
from services.gateway.scheduling.cron import checked_cron
from services.gateway.scheduling.describe import description_of

_NAMES = st.text().filter(lambda name: name not in {"id", "meta_id"})
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(_NAMES, inner),
    max_leaves=20,
)
_NUMBERS = (("*", "0", "59", "*/7", "1-9/2"), ("*", "0", "3,5", "*/5"))
_DAYS = (("*", "1", "l", "*/9"), ("*", "2", "jan-mar"), ("*", "0", "7", "mon-wed", "5#1,1#2"))


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [leaf for one in inner for leaf in leaves(one)]
    return [value]


@given(_JSON)
def test_a_masked_value_is_valid_json_and_has_only_placeholders(value: Any) -> None:
    shown = json.dumps(masked(value), allow_nan=False)

    assert set(leaves(json.loads(shown))) <= {"<text>", "<number>", NESTED, "", None, True, False}


@given(st.tuples(*map(st.sampled_from, (*_NUMBERS, *_DAYS))))
def test_every_accepted_cron_expression_has_a_description(fields: tuple[str, ...]) -> None:
    try:
        cron = checked_cron(" ".join(fields))
    except ValueError:
        return

    assert description_of(cron)
