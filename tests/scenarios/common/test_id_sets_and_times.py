"""Any mark, id or time comes back from what it is written as."""

from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.checkpoints import (
    pack_record_numbers,
    record_number,
    unpack_record_numbers,
)
from libs.common.contracts.times import milliseconds, milliseconds_of, moment, rfc3339

MARKS = st.sets(st.integers(0, 2**64 - 1), max_size=50)
YEAR_9999 = 253_402_300_799_999


@given(MARKS)
def test_record_numbers_are_the_same_after_packing_and_unpacking(marks: set[int]) -> None:
    assert unpack_record_numbers(pack_record_numbers(marks)) == tuple(sorted(marks))


@given(st.integers(1, 2**63 - 1))
def test_the_record_number_of_an_id_is_the_id(hemis_id: int) -> None:
    assert record_number(str(hemis_id)) == hemis_id


@given(st.integers(0, YEAR_9999))
def test_a_time_is_the_same_to_the_millisecond_after_writing_and_reading(stamp: int) -> None:
    assert milliseconds_of(rfc3339(stamp)) == stamp
    assert milliseconds(moment(stamp)) == stamp
