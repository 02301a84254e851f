"""SQL on ``wishes``: keys whose record was refused as stale, to be fetched from HEMIS again."""

from collections.abc import Collection
from typing import NamedTuple

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.records.incoming import IncomingRecord
from services.loader.store.statements import delete_keys

_ADD = """
    INSERT INTO wishes (resource, key, hemis_id) VALUES ($1, $2, $3)
    ON CONFLICT (resource, key) DO NOTHING
"""
# After 1, 2, 4 … minutes, at last every 17 hours, since HEMIS may not have the person any more.
_TAKE_DUE = """
    UPDATE wishes SET asked = asked + 1, asked_at = now()
    WHERE asked_at IS NULL
       OR asked_at < now() - interval '1 minute' * power(2, least(asked - 1, 10))
    RETURNING resource, key, hemis_id, asked
"""


class RefetchRequest(NamedTuple):
    """A key to fetch again; ``asked`` counts the requests, this one included."""

    resource: Resource
    key: str
    hemis_id: int
    asked: int


async def add(connection: Connection, refused: Collection[IncomingRecord]) -> None:
    rows = [(record.resource, record.key, record.row_key[0]) for record in refused]
    await connection.executemany(_ADD, rows)


async def forget_fulfilled(
    connection: Connection, resource: Resource, keys: Collection[str]
) -> None:
    """Delete the refetches of keys of which a newer record was loaded."""
    await delete_keys(connection, "wishes", resource, keys)


async def take_due(connection: Connection) -> list[RefetchRequest]:
    """Return the refetches to request now; each is due again, ever later, until fulfilled."""
    rows = await connection.fetch(_TAKE_DUE)
    return [RefetchRequest(Resource(row[0]), row[1], row[2], row[3]) for row in rows]
