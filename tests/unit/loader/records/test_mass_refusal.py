"""If most of a batch is refused in the same way, the setup is wrong, not the records."""

from collections.abc import Sequence

import pytest

from libs.common.contracts.dead_letters import RejectCode
from services.loader.errors import RecordRefused
from services.loader.records.incoming import IncomingRecord
from services.loader.records.mass_refusal import SAMPLED_RECORDS, fault_of, sample
from tests.unit.loader.sample_kafka_records import read


def refused(state: str, reason: str = "constraint loans_fkey") -> RecordRefused:
    return RecordRefused(RejectCode.REFUSED_BY_DATABASE, reason, state)


@pytest.mark.parametrize(
    ("states", "is_fault"),
    [
        ([], False),
        (["23503"] * 10, False),
        (["23503"] * 11, True),
        (["23503"] * 20, True),
        (["23503"] * 10 + ["23505"] * 10, False),
        (["23503"] * 11 + ["23505"] * 9, True),
    ],
)
def test_one_sqlstate_for_more_than_half_of_the_sample_is_a_setup_fault(
    states: Sequence[str],
    is_fault: bool,  # noqa: FBT001 — a case of the table
) -> None:
    fault = fault_of([refused(state) for state in states])

    assert (fault is not None) is is_fault


def test_the_fault_names_the_constraint_and_says_that_the_batch_is_kept() -> None:
    fault = fault_of([refused("23503")] * 20)

    assert fault is not None
    assert fault.code == "records_refused_alike"
    assert "20 of 20 sampled records" in fault.detail
    assert "constraint loans_fkey" in fault.detail
    assert "tried again" in fault.advice


@pytest.mark.parametrize("records", [20, 21, 50, 5000])
def test_the_sample_is_spread_over_the_whole_batch(records: int) -> None:
    batch = [read(b'{"id": 1}') for _ in range(records)]

    found = [batch.index(one) for one in sample(_numbered(batch))]

    assert len(set(found)) == SAMPLED_RECORDS
    assert found[0] == 0
    assert found[-1] >= records * 9 // 10


def test_a_batch_of_fewer_than_twenty_records_is_not_sampled() -> None:
    assert sample([read(b'{"id": 1}')] * 19) == []


def test_records_refused_before_postgresql_are_not_sampled() -> None:
    batch = [read(b"null") for _ in range(100)]

    assert sample(batch) == []


def _numbered(batch: list[IncomingRecord]) -> list[IncomingRecord]:
    for offset, record in enumerate(batch):
        record.offset = offset
    return batch
