"""SQL on ``sync_drift``: names of unknown fields, until the progress topic shows them."""

from collections.abc import Collection, Iterable

from libs.common.contracts.item_shapes import MAX_NAMES
from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.records.unknown_fields import UnknownFields

_ADD = f"""
    INSERT INTO sync_drift AS d (sync_id, resource, fields) VALUES ($1, $2, $3)
    ON CONFLICT (sync_id) DO UPDATE SET fields = ARRAY(
        SELECT DISTINCT unnest(d.fields || EXCLUDED.fields) AS name ORDER BY name LIMIT {MAX_NAMES}
    )
    WHERE NOT d.fields @> EXCLUDED.fields AND cardinality(d.fields) < {MAX_NAMES}
"""  # noqa: S608 — a constant
_ENDED = """
    SELECT d.sync_id, d.resource, d.fields FROM sync_drift d JOIN syncs s USING (sync_id)
    WHERE s.ended_at IS NOT NULL ORDER BY d.sync_id LIMIT 100
"""
# One loader publishes; another one does if that loader stopped before it could.
_TAKE_DUE = """
    UPDATE sync_drift SET said_at = now()
    WHERE sync_id = ANY($1::text[]) AND (said_at IS NULL OR said_at < now() - interval '1 minute')
    RETURNING sync_id
"""
_FORGET = "DELETE FROM sync_drift WHERE sync_id = ANY($1::text[])"


async def add(connection: Connection, found: Iterable[UnknownFields]) -> None:
    """Add names to these syncs, in the transaction that writes their records."""
    for one in found:
        await connection.execute(_ADD, *one)


async def of_ended_syncs(connection: Connection) -> list[UnknownFields]:
    rows = await connection.fetch(_ENDED)
    return [UnknownFields(row[0], Resource(row[1]), tuple(row[2])) for row in rows]


async def take_due(connection: Connection, found: Collection[UnknownFields]) -> list[UnknownFields]:
    """Return those that this loader publishes now."""
    rows = await connection.fetch(_TAKE_DUE, [one.sync_id for one in found])
    taken = {row[0] for row in rows}
    return [one for one in found if one.sync_id in taken]


async def forget(connection: Connection, found: Collection[UnknownFields]) -> None:
    await connection.execute(_FORGET, [one.sync_id for one in found])
