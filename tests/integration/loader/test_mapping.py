"""A changed mapping rewrites rows whose content in HEMIS did not change."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from libs.common.contracts.resources import Resource
from services.loader.mapping.fields import scalar
from services.loader.mapping.students import student_fields
from services.loader.mapping.table import Table
from services.loader.mapping.tables import table_of, tables
from tests.integration.loader.loader_without_kafka import (
    TASHKENT,
    LoaderWithoutKafka,
    Log,
    open_loader,
)

pytestmark = pytest.mark.integration

STUDENT = b'{"id": 1, "birth_date": 1104519600, "nickname": "N."}'
COUNTS = "SELECT inserted, updated, unchanged FROM syncs WHERE sync_id = $1"


async def test_a_new_column_is_filled_from_content_that_did_not_change(database_url: str) -> None:
    log = Log(Resource.STUDENTS)
    async with open_loader(database_url) as loader:
        before = await synced(loader, log, "before")
        await loader.pool.execute("ALTER TABLE students ADD COLUMN nickname text")
    async with open_loader(database_url, with_nickname()) as loader:
        after = await synced(loader, log, "after")
        again = await synced(loader, log, "again")

    assert before == {"inserted": 1, "updated": 0, "unchanged": 0, "extra": '{"nickname": "N."}'}
    assert after == {"inserted": 0, "updated": 1, "unchanged": 0, "extra": None}
    assert again == {"inserted": 0, "updated": 0, "unchanged": 1, "extra": None}


async def test_another_time_zone_moves_dates_of_content_that_did_not_change(
    database_url: str,
) -> None:
    log = Log(Resource.STUDENTS)
    days = []
    for name, zone in (("first", TASHKENT), ("second", ZoneInfo("UTC"))):
        async with open_loader(database_url, tables(zone)) as loader:
            await synced(loader, log, name)
            days += [r["birth_date"] for r in await loader.rows("SELECT birth_date FROM students")]

    assert days == [date(2005, 1, 1), date(2004, 12, 31)]


def with_nickname() -> dict[Resource, Table]:
    """Name one field more than our mapping does."""
    fields = [*student_fields(TASHKENT), scalar("nickname")]
    students = table_of(Resource.STUDENTS, fields, TASHKENT)
    return tables(TASHKENT) | {Resource.STUDENTS: students}


async def synced(loader: LoaderWithoutKafka, log: Log, sync_id: str) -> dict[str, Any]:
    """Publish the student once more, load that, and tell what became of it."""
    log.add("1", STUDENT, ce_time=(len(log.records) + 1) * 1000, sync_id=sync_id)
    await loader.claim(log.place)
    await loader.load(log.records[-1:])
    (counts,) = await loader.rows(COUNTS, sync_id)
    (row,) = await loader.rows("SELECT extra FROM students")
    return counts | row
