"""Records of one key, and the decisions about them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from libs.common.contracts.resources import Resource
from libs.common.kafka.ports import Partition
from services.loader.mapping.table import RowKey
from services.loader.mapping.tables import tables
from services.loader.records.decide import Decisions, StaleRecordGuard, Version, decide
from services.loader.records.incoming import IncomingRecord

PARTITION = Partition("hemis.students", 0)
TABLE = tables(UTC)[Resource.STUDENTS]
START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: int) -> datetime:
    return START + timedelta(seconds=seconds)


def record(seconds: int, content: str = "a", offset: int = 0, **changed: Any) -> IncomingRecord:
    values: dict[str, Any] = {
        "resource": Resource.STUDENTS,
        "table": TABLE,
        "partition": PARTITION,
        "offset": offset,
        "key": "1",
        "row_key": (1, ""),
        "sync_id": "s",
        "fetched_at": at(seconds),
        "content_hash": content,
        "identity": (b"", b""),
        "is_tombstone": changed.get("value", content) is None,
        "row": content.encode(),
        "refused": None,
        "value": b"{}",
    }
    return IncomingRecord(**values | changed)


def decided(
    records: list[IncomingRecord], stored: dict[RowKey, Version] | None = None, **guard: Any
) -> Decisions:
    return decide(records, stored or {}, {PARTITION: StaleRecordGuard(**{"newest": None} | guard)})
