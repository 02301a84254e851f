"""A rebuild's pure parts: how far a partition is merged, and what is said of it."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.common.contracts.dead_letters import RejectCode
from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Partition
from services.loader.errors import RecordRefused
from services.loader.mapping.tables import tables
from services.loader.rebuild.command_line import parse_arguments
from services.loader.rebuild.limits import may_delete_missing, merge_limit
from services.loader.rebuild.progress import ProgressLines
from services.loader.rebuild.readers.partition_state import PartitionState
from services.loader.rebuild.readers.protocol import PartitionRead, Task
from services.loader.rebuild.sql.merge import Merged, Verdict
from services.loader.rebuild.summary import summary_lines
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
        identity=(str(offset).encode(), b"h"),
        is_tombstone=False,
        refused=RecordRefused(RejectCode.WRONG_TYPE, "y") if refused else None,
        value=None,
    )


def read(
    *records: IncomingRecord, is_same_log: bool = True, open_sync: str = "running"
) -> PartitionRead:
    """Read a partition that starts at offset 0."""
    state = PartitionState(HERE, 0, frozenset({open_sync}), is_same_log=is_same_log)
    if records:
        state.add(records)
    return state.result()


def row(**changed: object) -> OffsetRow:
    fields: dict[str, object] = {
        "epoch": 1,
        "next_offset": 6,
        "newest": NOON,
        "last_record": "5 5 h",
        "reread_until": None,
    }
    return OffsetRow(**fields | changed)  # type: ignore[arg-type]


NOTHING_LOADED = row(next_offset=0, newest=None, last_record=None)


def test_the_new_offset_row_ends_before_the_first_record_that_is_still_to_be_counted() -> None:
    partition = read(record(1), record(2, minute=3), record(3, sync="running"), record(4))

    assert (partition.next_offset, partition.last_record) == (3, "2 2 h")
    assert partition.position == 5
    assert partition.newest == NOON + timedelta(minutes=3)


def test_the_time_of_a_refused_record_does_not_count() -> None:
    assert read(record(1), record(2, minute=3, refused=True)).newest == NOON


def test_a_loaded_partition_is_merged_up_to_its_offset_row() -> None:
    limit = merge_limit(row(), read(record(5), record(9)))

    assert (limit.offset, limit.is_same_log, limit.new_row) == (6, True, None)


def test_a_partition_of_a_lost_database_is_merged_as_far_as_it_was_read() -> None:
    partition = read(record(1), record(9))

    limit = merge_limit(NOTHING_LOADED, partition)

    assert (limit.offset, limit.is_same_log, limit.new_row) == (10, False, partition)


def test_a_recreated_topic_deletes_nothing_and_gets_a_new_offset_row() -> None:
    partition = read(record(1), is_same_log=False)

    limit = merge_limit(row(), partition)

    assert (limit.offset, limit.is_same_log, limit.new_row) == (2, False, partition)


def test_a_partition_that_a_loader_rereads_keeps_its_offset_row() -> None:
    limit = merge_limit(row(reread_until=100), read(record(5)))

    assert (limit.offset, limit.is_same_log, limit.new_row) == (6, False, None)


def test_rows_are_not_deleted_while_nothing_is_loaded() -> None:
    assert not may_delete_missing([merge_limit(NOTHING_LOADED, read())])
    assert may_delete_missing([merge_limit(row(), read(record(5)))])


def test_a_partition_is_loaded_once_its_offset_row_names_a_record() -> None:
    rows = (None, NOTHING_LOADED, row())

    assert [Task(HERE, one).is_loaded for one in rows] == [False, False, True]


def test_ids_are_named_up_to_twenty_and_the_others_counted() -> None:
    changed = Verdict("changed", 25, 5, 6, tuple(map(str, range(20))))
    merged = Merged(Resource.STUDENTS, 0, (Verdict("same", 2, 3, 3), changed))

    printed = "\n".join(summary_lines(merged, dry_run=True))

    assert "log 27 rows, checksum 0000000000000006 · table 27 rows, checksum 0000000000000005" in (
        printed
    )
    assert "25 rows different from the log, to be corrected: 0, 1, 2" in printed
    assert printed.endswith("19 and 5 more")


def test_a_row_that_postgresql_refuses_to_change_is_not_called_corrected() -> None:
    gone = Verdict("gone", 1, 0, 3, ("7",))
    merged = Merged(Resource.STUDENTS, 0, (gone,), refused={(7, ""): "foreign key"})

    (_, corrected, refused) = summary_lines(merged, dry_run=False)

    assert corrected.endswith(
        "1 row removed at the source, corrected except for the rows named below: 7"
    )
    assert refused.endswith("1 row unchanged, PostgreSQL refuses: 7 (foreign key)")


def test_lines_tell_the_rate_and_the_time_that_is_left() -> None:
    now = [0.0]
    written: list[str] = []
    lines = ProgressLines(written.append, lambda: now[0])

    lines.add_total(400)
    lines.advance(50)
    now[0] = 2.0
    lines.advance(50)
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
