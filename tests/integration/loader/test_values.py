"""Each value of HEMIS is in PostgreSQL, or its record is a dead letter."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.common.contracts.records import record_key
from libs.common.contracts.resources import Resource
from tests.generated_items import as_json, items
from tests.integration.loader.loader_without_kafka import LoaderWithoutKafka, Log, open_loader
from tests.value_oracle import PLACES, exactly, lost

pytestmark = [pytest.mark.integration, pytest.mark.timeout(180)]

ROWS = {
    Resource.STUDENTS: "SELECT * FROM students ORDER BY hemis_id",
    Resource.EMPLOYEES: "SELECT * FROM employee_positions ORDER BY hemis_id",
    Resource.DEPARTMENTS: "SELECT * FROM departments ORDER BY hemis_id",
}
CODES = {"wrong_type", "out_of_range", "refused_by_database"}


@pytest.fixture
async def loader(database_url: str) -> AsyncIterator[LoaderWithoutKafka]:
    async with open_loader(database_url) as loader:
        yield loader


@pytest.mark.parametrize("resource", PLACES)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_every_value_of_an_item_is_stored_in_its_row(
    loader: LoaderWithoutKafka, resource: Resource, data: st.DataObject
) -> None:
    drawn = data.draw(st.lists(items(resource), min_size=1, max_size=20))
    sent = [item | {"id": number} for number, item in enumerate(drawn, 1)]
    log = Log(resource)
    for item in sent:
        log.add(record_key(resource, item["id"], item), as_json(item))

    await loader.begin(log)
    read = await loader.load(log.records)

    rows = {row["hemis_id"]: row for row in await loader.rows(ROWS[resource])}
    refused = {record.row_key[0]: record.refused for record in read if record.refused}
    assert {refusal.code for refusal in refused.values()} <= CODES
    assert rows.keys() | refused.keys() == {item["id"] for item in sent}
    for item in sent:
        if item["id"] in rows:
            assert not lost(exactly(as_json(item)), opened(rows[item["id"]]), PLACES[resource])


def opened(row: dict[str, Any]) -> dict[str, Any]:
    """Decode what asyncpg gives as text."""
    return row | {name: exactly(row[name]) for name in ("extra", "tutor_groups") if name in row}
