"""Every table has the columns that its mapping fills."""

import pytest

from libs.common.contracts.resources import Resource
from services.loader.mapping.tables import tables
from tests.integration.loader.loader_without_kafka import SCHEMA, TASHKENT, open_loader

pytestmark = pytest.mark.integration

OURS = ("synced_at", "removed_at", "first_seen_at", "unlisted_since")
COLUMNS = """
SELECT column_name FROM information_schema.columns WHERE (table_schema, table_name) = ($1, $2)
"""


@pytest.mark.parametrize("resource", Resource)
async def test_a_table_has_the_columns_of_its_mapping(
    resource: Resource, database_url: str
) -> None:
    table = tables(TASHKENT)[resource]
    async with open_loader(database_url) as loader:
        rows = await loader.rows(COLUMNS, SCHEMA, table.name)

    names = {row["column_name"] for row in rows}
    assert names == {*table.columns, *OURS}
