"""A rebuild's pure parts: how far a partition is merged, and what is said of it."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Partition
from services.loader.errors import RecordRefused
from services.loader.mapping.tables import tables
from services.loader.rebuild.command_line import parse_arguments
from services.loader.rebuild.limits import last_of, limits
from services.loader.rebuild.progress import Lines
from services.loader.rebuild.readers.partition_state import PartitionState
from services.loader.rebuild.readers.protocol import Last, Reading, Task
from services.loader.rebuild.rebuild import are_proof
from services.loader.rebuild.sql.merge import Merged, Verdict
from services.loader.rebuild.summary import lines_of
from services.loader.records.incoming import IncomingRecord
from services.loader.store.offsets import OffsetRow

TABLE = tables(UTC)[Resource.STUDENTS]
HERE = Partition("hemis.students", 0)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def record(
    offset: int, *, sync: str = "s", minute: int = 0, refused: bool = False
) -> IncomingRecord:
    return IncomingRecord(
        resource=Resource.STUDENTS,
        table=TABLE,
        partition=HERE,
        offset=offset,
        key=str(offset),
        row_key=(offset, ""),
        sync_id=sync,
        fetched_at=NOON + timedelta(minutes=minute),
        content_hash="h",
        marks=(str(offset).encode(), b"h"),
        is_tombstone=False,
        refused=RecordRefused("x", "y") if refused else None,
        value=None,
    )


def passed(last: Last | None, *records: IncomingRecord, counted: str = "running") -> Reading:
    place = PartitionState(Task(*HERE, last), frozenset({counted}), 0)
    place.passes(records)
    place.position = records[-1].offset + 1 if records else 0
    return place.reading()


def row(**changed: object) -> OffsetRow:
    fields: dict[str, object] = {
        "epoch": 1,
        "next_offset": 6,
        "newest": NOON,
        "last_record": "5 5 h",
        "reread_until": None,
    }
    return OffsetRow(**fields | changed)  # type: ignore[arg-type]


LOADED = Last(5, "5 5 h", NOON)


@pytest.mark.parametrize(
    ("records", "stands"),
    [
        ([record(4), record(5)], True),
        ([record(4), record(7, minute=1)], True),
        ([record(4), record(7, minute=-1)], False),
        ([record(5)], True),
        ([record(4)], False),
        ([], False),
    ],
)
def test_the_last_loaded_record_or_one_that_is_not_older_proves_the_log(
    records: list[IncomingRecord],
    stands: bool,  # noqa: FBT001 — what is expected
) -> None:
    assert passed(LOADED, *records).stands is stands


def test_another_record_in_the_last_ones_place_proves_that_the_log_is_another() -> None:
    other = record(5)
    other.marks = (b"another", b"h")

    assert passed(LOADED, other).stands is False


def test_what_is_taken_along_ends_before_the_first_record_that_is_still_to_be_counted() -> None:
    reading = passed(None, record(1), record(2, minute=3), record(3, sync="running"), record(4))

    assert (reading.next_offset, reading.last_record) == (3, "2 2 h")
    assert reading.newest == NOON + timedelta(minutes=3)


def test_a_refused_record_is_no_news_of_the_time() -> None:
    assert passed(None, record(1), record(2, minute=3, refused=True)).newest == NOON


def test_a_loaded_partition_is_merged_up_to_its_offset_row() -> None:
    (limit,) = limits({HERE: row()}, [passed(LOADED, record(5), record(9))])

    assert (limit.offset, limit.is_proof, limit.taken_along) == (6, True, None)


def test_a_partition_of_a_lost_database_is_merged_as_far_as_it_was_read() -> None:
    reading = passed(None, record(1), record(9))

    (limit,) = limits({HERE: row(next_offset=0, newest=None, last_record=None)}, [reading])

    assert (limit.offset, limit.is_proof, limit.taken_along) == (10, False, reading)


def test_a_topic_made_anew_proves_nothing_and_is_taken_over() -> None:
    reading = passed(LOADED, record(1))

    (limit,) = limits({HERE: row()}, [reading])

    assert (limit.offset, limit.is_proof, limit.taken_along) == (2, False, reading)


def test_a_partition_that_a_loader_reads_again_is_left_to_it() -> None:
    (limit,) = limits({HERE: row(reread_until=100)}, [passed(LOADED, record(5))])

    assert (limit.offset, limit.is_proof, limit.taken_along) == (6, False, None)


def test_nothing_is_proved_while_nothing_is_loaded() -> None:
    empty = passed(None)
    nothing = row(next_offset=0, newest=None, last_record=None)

    assert not are_proof(limits({HERE: nothing}, [empty]))
    assert last_of(None) is None
    assert last_of(row()) == LOADED


def test_ids_are_named_up_to_twenty_and_the_others_counted() -> None:
    changed = Verdict("changed", 25, 5, 6, tuple(map(str, range(20))))
    merged = Merged(Resource.STUDENTS, 0, (Verdict("same", 2, 3, 3), changed))

    printed = "\n".join(lines_of(merged, dry_run=True))

    assert "log 27 rows, checksum 0000000000000006 · table 27 rows, checksum 0000000000000005" in (
        printed
    )
    assert "25 rows other than in the log, to be mended: 0, 1, 2" in printed
    assert printed.endswith("19 and 5 more")


def test_a_row_that_postgresql_keeps_is_not_called_mended() -> None:
    gone = Verdict("gone", 1, 0, 3, ("7",))
    merged = Merged(Resource.STUDENTS, 0, (gone,), stays={(7, ""): "foreign key"})

    (_, mended, left) = lines_of(merged, dry_run=False)

    assert mended.endswith("1 row gone at the source, mended but for the rows named below: 7")
    assert left.endswith("1 row left as before, PostgreSQL keeps them: 7 (foreign key)")


def test_lines_tell_the_rate_and_the_time_that_is_left() -> None:
    now = [0.0]
    written: list[str] = []
    lines = Lines(written.append, lambda: now[0])

    lines.found(400)
    lines.passed(50)
    now[0] = 2.0
    lines.passed(50)
    now[0] = 4.0
    lines.end()

    assert written == [
        "read 100 of 400 records, 50 records/s, about 6 s left",
        "read 100 of 400 records, 25 records/s",
    ]


@pytest.mark.parametrize("words", [["--processes", "0"], ["--resource", "rooms"], ["now"]])
def test_a_wrong_command_line_ends_with_64(words: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(words)

    assert ended.value.code == 64


def test_the_command_line_is_the_one_that_is_documented() -> None:
    arguments = parse_arguments(["--resource", "students", "--dry-run", "--processes", "4"])

    assert (arguments.resource, arguments.dry_run, arguments.readers) == (
        Resource.STUDENTS,
        True,
        4,
    )
