"""Every part of a checkpoint fits into one Kafka message, also at its largest."""

from collections.abc import Iterator
from typing import get_origin

import msgspec
import pytest
from msgspec.structs import fields, replace

from libs.common.contracts.checkpoints import (
    KNOWN_SYNCS,
    Checkpoint,
    Cursor,
    KnownSync,
    LastRecord,
    Scope,
    StableWindow,
    Suppressed,
    SuppressedPeople,
    SyncCheckpoint,
    pack_record_numbers,
)
from libs.common.contracts.codec import encode
from libs.common.contracts.commands import (
    COMMAND_LIFETIME_MS,
    ConfirmMissing,
    EraseRecord,
    FetchRecords,
    MissingRecord,
    StartSync,
    WantedRecord,
)
from libs.common.contracts.enums import NOTABLE_CHANGES, Mode, Outcome, Trigger
from libs.common.contracts.events import SourceDrifted, SyncFetched
from libs.common.contracts.item_shapes import MAX_NAMES, FieldType, Frequency, KnownField, Shapes
from libs.common.contracts.resources import Resource
from services.fetcher.checkpoints import bounds
from services.fetcher.checkpoints.state import with_erasure, with_request
from services.fetcher.checkpoints.topic import messages_of
from services.fetcher.syncs.item_shape import COUNTED, MOST_FIELDS

EMPLOYEES = Resource.EMPLOYEES
T0 = 1_700_000_000_000
MOST_PARTITIONS = 1_000
MOST_ITEMS_ON_A_PAGE = 10_000
# As long as what can be read in them: every letter takes six bytes in JSON.
LONGEST_ID = "\x01" * bounds.MOST_ID_LENGTH
LONGEST_NAME = ".".join(["f" * 64] * 3)
OFFSETS = {str(number): 2**63 - 1 for number in range(MOST_PARTITIONS)}
LAST_RECORDS = {str(number): LastRecord("f" * 12, 10**13) for number in range(MOST_PARTITIONS)}
SCOPE = Scope(
    page_size=200, filters={"_student_status": "-1", "l": "uz-UZ"}, address=f"https://{'h' * 250}"
)


def command(number: int = 0, **others: object) -> dict[str, object]:
    return {
        "command_id": "c" * 36,
        "resource": EMPLOYEES,
        "sync_id": f"{number:036}",
        "issued_at": T0,
        "expires_at": T0 + COMMAND_LIFETIME_MS,
        "requested_by": "k" * 64,
        **others,
    }


def request(number: int, trigger: Trigger = Trigger.MANUAL, letters: int = 64) -> FetchRecords:
    wanted = WantedRecord(hemis_id=2**63 - 1, id_number="9" * letters)
    return msgspec.convert(
        command(number, records=(wanted,), trigger=trigger, dead_letter_id="d" * 60), FetchRecords
    )


def erasure(number: int, letters: int = 64) -> EraseRecord:
    return msgspec.convert(command(number, key="", id_number="9" * letters), EraseRecord)


def names(count: int) -> tuple[str, ...]:
    return tuple(f"{number:03}{LONGEST_NAME[3:]}" for number in range(count))


def decision() -> SyncFetched:
    return SyncFetched(
        sync_id=LONGEST_ID,
        resource=EMPLOYEES,
        at=T0,
        attempt=99,
        outcome=Outcome.FAILED,
        failed_pages=tuple(range(10**7, 10**7 + bounds.MOST_FAILED_PAGES)),
        end_offsets=OFFSETS,
        reason="r" * 1_000,
        doubt="d" * 1_000,
    )


def greatest_drift() -> tuple[SourceDrifted, ...]:
    types = dict.fromkeys(names(MAX_NAMES), "boolean, number, string, array, object → " * 2)
    return tuple(
        SourceDrifted(
            sync_id=LONGEST_ID,
            resource=EMPLOYEES,
            at=T0,
            fields=names(MAX_NAMES),
            change=change,
            types=types,
        )
        for change in NOTABLE_CHANGES
    )


def greatest_sync() -> SyncCheckpoint:
    return SyncCheckpoint(
        sync_id=LONGEST_ID,
        attempt=99,
        mode=Mode.FULL,
        trigger=Trigger.SCHEDULE,
        requested_by="k" * 64,
        tick_at=T0,
        supersedes=LONGEST_ID,
        scope=SCOPE,
        note="n" * 1_000,
        started_at=T0,
        page_count=10**7,
        page_limit=10**7,
        source_total=10**7,
        failed_pages=tuple(range(10**7, 10**7 + bounds.MOST_FAILED_PAGES)),
        reads=20_000,
        calm=StableWindow(total=10**7, page_count=10**7, page_size=200, after=10**7),
        end_offsets=OFFSETS,
        last_records=LAST_RECORDS,
        ended=decision(),
        drift=greatest_drift(),
    )


def greatest() -> Checkpoint:
    """Every part as large as it is let become; open work is accepted until it is refused."""
    cursor = Cursor(
        sync_id=LONGEST_ID,
        updated_at=T0,
        scope=SCOPE,
        end_offsets=OFFSETS,
        last_records=LAST_RECORDS,
        said_at=2**63 - 1,
    )
    person = Suppressed(mark="f" * 64, erasure_id=LONGEST_ID, at=T0, requested_by="k" * 64)
    known = KnownSync(sync_id=LONGEST_ID, attempt=99, outcome=Outcome.NOT_FOUND)
    field = KnownField(Frequency.FADING, tuple(FieldType))
    return filled(
        Checkpoint(
            resource=EMPLOYEES,
            epoch=10**9,
            last_ce_time=T0,
            cursor=cursor,
            next_cursor=cursor,
            sync=greatest_sync(),
            known=(known,) * KNOWN_SYNCS,
            suppressed=SuppressedPeople(salt="f" * 64, people=(person,) * 100_001),
            shapes=Shapes(
                sync_id=LONGEST_ID,
                present=dict.fromkeys(names(MOST_FIELDS), (COUNTED,) * len(FieldType)),
                known=dict.fromkeys(names(2 * MOST_FIELDS), field),
                filters=SCOPE.filters,
            ),
        )
    )


def filled(checkpoint: Checkpoint, letters: int = 64) -> Checkpoint:
    """Take on requests and erasures until one is refused."""
    for number in range(10_000):
        if bounds.no_room_for_erasure(checkpoint, erasure(number, letters)):
            break
        checkpoint = with_erasure(erasure(number, letters))(checkpoint)
    for number in range(10_000):
        if bounds.no_room_for_request(checkpoint, request(number, letters=letters)):
            break
        checkpoint = with_request(request(number, letters=letters))(checkpoint)
    return checkpoint


def parts() -> Iterator[tuple[str, int]]:
    marks = pack_record_numbers(range(2**63, 2**64, 2**63 // MOST_ITEMS_ON_A_PAGE))
    for key, value in messages_of(greatest(), None, marks):
        yield key, len(key) + len(value)


def test_every_part_at_its_greatest_is_below_half_of_what_kafka_takes() -> None:
    sizes = dict(parts())

    kinds = {key.split("/")[2] if key.count("/") > 1 else "state" for key in sizes}
    assert kinds == {"state", "known", "suppressed", "shapes", "read"}
    assert {key: size for key, size in sizes.items() if size > bounds.MOST_PART_BYTES} == {}


@pytest.mark.parametrize("letters", [1, 64, 7_000])
def test_open_work_of_any_size_is_refused_before_the_state_is_too_large(letters: int) -> None:
    checkpoint = filled(replace(greatest(), open_requests=(), open_erasures=()), letters)

    assert checkpoint.open_requests or letters > 1_000
    assert len(encode(checkpoint.without_parts())) <= bounds.MOST_PART_BYTES


def test_every_list_in_the_checkpoint_has_a_bound_here() -> None:
    lists = {
        f"{kind.__name__}.{field.name}"
        for kind in (Checkpoint, SyncCheckpoint, Cursor)
        for field in fields(kind)
        if get_origin(field.type) in {tuple, dict}
    }

    assert lists == {
        *("Checkpoint.open_requests", "Checkpoint.open_erasures", "Checkpoint.known"),
        *("SyncCheckpoint.failed_pages", "SyncCheckpoint.end_offsets", "SyncCheckpoint.drift"),
        *("Cursor.end_offsets", "SyncCheckpoint.last_records", "Cursor.last_records"),
    }


def test_background_requests_leave_room_for_people() -> None:
    heals = tuple(request(number, Trigger.HEAL, 9) for number in range(bounds.MOST_REQUESTS))
    full = Checkpoint(
        resource=EMPLOYEES, epoch=1, open_requests=heals[: bounds.MOST_BACKGROUND_REQUESTS]
    )

    assert bounds.no_room_for_request(full, heals[-1])
    assert not bounds.no_room_for_request(full, request(9_999))


def test_a_command_larger_than_any_of_ours_is_recognised_by_its_size() -> None:
    missing = tuple(MissingRecord(key=str(n), id_number="9" * 14) for n in range(1_000))
    asked = msgspec.convert(command(records=missing), ConfirmMissing)
    start = msgspec.convert(command(), StartSync)

    assert bounds.is_readable_size(asked)
    assert bounds.is_readable_size(start)
    assert not bounds.is_readable_size(replace(start, sync_id="s" * 65))
    assert not bounds.is_readable_size(replace(start, requested_by="k" * 9_000))
