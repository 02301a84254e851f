"""Parts of SQL statements, and what PostgreSQL says that they did."""

from collections.abc import Collection, Sequence

import asyncpg

from libs.common.contracts.commands import RESUMABLE_MS
from libs.common.contracts.resources import Resource
from libs.common.contracts.topics import RETENTION_MS
from libs.common.postgres.pool import Connection
from services.loader.mapping.copy_format import stream

RESUMABLE = f"interval '{RESUMABLE_MS // 3_600_000 + 1} hours'"
"""An hour longer than the fetcher can resume a failed or cancelled sync."""
ON_TOPIC = f"interval '{RETENTION_MS // 86_400_000 - 10} days'"
"""Ten days less than the progress topic keeps events."""

ALLOW_HASH_JOINS = "SET LOCAL enable_seqscan = on; SET LOCAL enable_hashjoin = on"
"""For a statement that compares all rows with all keys of a sync."""


async def copy_rows(
    connection: Connection, table: str, columns: Sequence[str], rows: Sequence[bytes]
) -> None:
    """Append rows in COPY's binary format to a table of the search path."""
    await connection.copy_to_table(
        table, source=stream(rows), columns=list(columns), format="binary"
    )


async def delete_keys(
    connection: Connection, table: str, resource: Resource, keys: Collection[str]
) -> list[asyncpg.Record]:
    """Delete the rows with these keys from a table that is nearly always empty; return them."""
    # A batch has thousands of keys, which are sent only if there is a row.
    has_any = f"SELECT EXISTS (SELECT FROM {table} WHERE resource = $1)"  # noqa: S608 — names of ours
    if not keys or not await connection.fetchval(has_any, resource):
        return []
    delete = f"DELETE FROM {table} WHERE resource = $1 AND key = ANY($2::text[]) RETURNING *"  # noqa: S608 — names of ours
    return await connection.fetch(delete, resource, list(keys))


def assignments(columns: Sequence[str]) -> str:
    return ", ".join(f"{name} = EXCLUDED.{name}" for name in columns)


def count_of(status: str) -> int:
    """Read the number of rows from a command's tag: ``UPDATE 3``, ``INSERT 0 3``."""
    return int(status.rsplit(" ", 1)[-1])
