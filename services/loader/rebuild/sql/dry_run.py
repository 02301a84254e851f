"""Copies of the tables for a dry run; in its session they come before the original tables."""

from collections.abc import Iterable

from libs.common.postgres.pool import Connection

_ALWAYS = ("offsets", "wishes", "employees")


async def copy_tables_for_dry_run(connection: Connection, tables: Iterable[str]) -> str:
    """Copy the tables in one snapshot; in this session their names mean the copies from now on.

    Returns:
        The schema of the original tables.
    """
    async with connection.transaction(isolation="repeatable_read", readonly=False):
        for name in (*_ALWAYS, *tables):
            await connection.execute(
                f"CREATE TEMP TABLE {name} (LIKE {name} INCLUDING DEFAULTS INCLUDING INDEXES)"
            )
        schema = await connection.fetchval("SELECT current_schema()")
        for name in (*_ALWAYS, *tables):
            await connection.execute(f'INSERT INTO {name} SELECT * FROM "{schema}".{name}')  # noqa: S608 — names of ours
    return str(schema)
