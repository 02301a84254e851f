"""SQL on ``wishes``: keys whose newest content we refused, to be fetched from HEMIS again."""

from collections.abc import Collection
from typing import NamedTuple

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.records.incoming import IncomingRecord

_WISH = """
    INSERT INTO wishes (resource, key, hemis_id) VALUES ($1, $2, $3)
    ON CONFLICT (resource, key) DO NOTHING
"""
_HAS_ANY = "SELECT EXISTS (SELECT FROM wishes WHERE resource = $1)"
_GRANTED = "DELETE FROM wishes WHERE resource = $1 AND key = ANY($2::text[])"
# After 1, 2, 4 … minutes, at last every 17 hours: HEMIS may not know that person any more.
_ASK = """
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


async def wish(connection: Connection, refused: Collection[IncomingRecord]) -> None:
    rows = [(record.resource, record.key, record.row_key[0]) for record in refused]
    await connection.executemany(_WISH, rows)


async def grant(connection: Connection, resource: Resource, keys: Collection[str]) -> None:
    """Forget the wishes for keys of which a newer record has come."""
    # Nearly always there is none, and a batch has thousands of keys.
    if keys and await connection.fetchval(_HAS_ANY, resource):
        await connection.execute(_GRANTED, resource, list(keys))


async def due(connection: Connection) -> list[RefetchRequest]:
    """Take the wishes that are to be asked for now; each again, ever more seldom, until granted."""
    rows = await connection.fetch(_ASK)
    return [RefetchRequest(Resource(row[0]), row[1], row[2], row[3]) for row in rows]
