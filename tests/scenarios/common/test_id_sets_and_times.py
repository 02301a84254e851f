"""Any mark, id or time comes back from what it is written as."""

from hypothesis import given
from hypothesis import strategies as st

from libs.common.contracts.checkpoints import mark_of, pack_marks, unpack_marks
from libs.common.contracts.times import milliseconds, milliseconds_of, moment, rfc3339

MARKS = st.sets(st.integers(0, 2**64 - 1), max_size=50)
YEAR_9999 = 253_402_300_799_999


@given(MARKS)
def test_marks_come_back_whatever_they_are(marks: set[int]) -> None:
    assert unpack_marks(pack_marks(marks)) == tuple(sorted(marks))


@given(st.integers(1, 2**63 - 1))
def test_an_id_is_its_own_mark(hemis_id: int) -> None:
    assert mark_of(str(hemis_id)) == hemis_id


@given(st.integers(0, YEAR_9999))
def test_a_time_comes_back_to_the_millisecond(stamp: int) -> None:
    assert milliseconds_of(rfc3339(stamp)) == stamp
    assert milliseconds(moment(stamp)) == stamp
