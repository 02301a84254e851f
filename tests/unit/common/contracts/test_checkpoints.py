"""The fetcher's memory as it goes over the wire."""

import msgspec
import pytest

from libs.common.contracts.checkpoints import (
    KNOWN_SYNCS,
    Checkpoint,
    KnownSync,
    Scope,
    StableWindow,
    SyncCheckpoint,
    pack_record_numbers,
    record_number,
    unpack_record_numbers,
)
from libs.common.contracts.codec import MalformedMessage, decode_as, encode
from libs.common.contracts.commands import FetchRecords, WantedRecord
from libs.common.contracts.enums import Mode, Outcome, Trigger
from libs.common.contracts.events import SyncFetched
from libs.common.contracts.resources import Resource


def known(sync_id: str, attempt: int = 1) -> KnownSync:
    return KnownSync(sync_id=sync_id, attempt=attempt, outcome=Outcome.COMPLETED)


def test_bytes_that_are_not_record_numbers_are_refused() -> None:
    with pytest.raises(msgspec.MsgspecError):
        unpack_record_numbers(b"nonsense")


def test_the_record_number_of_another_key_equals_no_id() -> None:
    keys = {f"{person}:{position}" for person in range(100) for position in range(100)}

    marks = {record_number(key) for key in keys}

    assert len(marks) == 10_000
    assert all(2**63 <= mark < 2**64 for mark in marks)


def test_the_record_numbers_of_a_page_take_a_few_hundred_bytes() -> None:
    page = range(1_000, 300_000, 1_500)

    assert len(pack_record_numbers(page)) < 700


def test_a_checkpoint_is_kept_under_its_resource_and_epoch() -> None:
    assert Checkpoint(resource=Resource.STUDENTS, epoch=7).key == "students/7"


def test_the_newest_sync_is_added_and_the_oldest_of_a_thousand_removed() -> None:
    full = tuple(known(str(number)) for number in range(KNOWN_SYNCS))
    checkpoint = Checkpoint(resource=Resource.STUDENTS, epoch=1, known=full)

    remembered = checkpoint.with_known_sync(known("newest"))

    assert len(remembered) == KNOWN_SYNCS == 1_000
    assert remembered[-1].sync_id == "newest"
    assert remembered[0].sync_id == "1"


def test_a_later_attempt_replaces_the_known_one() -> None:
    checkpoint = Checkpoint(
        resource=Resource.STUDENTS, epoch=1, known=(known("resumed"), known("other"))
    )

    remembered = checkpoint.with_known_sync(known("resumed", attempt=2))

    assert remembered == (known("other"), known("resumed", attempt=2))


def test_a_sync_is_known_once_it_was_run() -> None:
    checkpoint = Checkpoint(resource=Resource.STUDENTS, epoch=1, known=(known("run"),))

    assert checkpoint.knows("run") == known("run")
    assert checkpoint.knows("never run") is None


def decided_sync() -> SyncCheckpoint:
    decision = SyncFetched(
        sync_id="s", resource=Resource.STUDENTS, at=9, attempt=1, outcome=Outcome.COMPLETED
    )
    return SyncCheckpoint(
        sync_id="s",
        attempt=1,
        mode=Mode.FULL,
        trigger=Trigger.MANUAL,
        requested_by=None,
        tick_at=None,
        scope=Scope(page_size=50, filters={"_student_status": "-1"}, address="http://hemis"),
        started_at=1,
        reads=1,
        calm=StableWindow(total=2, page_count=1, page_size=50, after=0),
        end_offsets={"0": 5},
        ended=decision,
    )


def test_a_checkpoint_is_the_same_after_encoding_and_decoding() -> None:
    request = FetchRecords(
        command_id="c",
        resource=Resource.STUDENTS,
        sync_id="single",
        issued_at=1,
        expires_at=2,
        records=(WantedRecord(hemis_id=50421),),
    )
    checkpoint = Checkpoint(
        resource=Resource.STUDENTS,
        epoch=3,
        last_ce_time=8,
        sync=decided_sync(),
        open_requests=(request,),
        known=(known("run"),),
    )

    assert decode_as(Checkpoint, encode(checkpoint)) == checkpoint


def test_bytes_that_are_not_a_checkpoint_are_refused() -> None:
    with pytest.raises(MalformedMessage):
        decode_as(Checkpoint, b'{"resource":"students"}')
