"""A dry run's stage: copies of the tables, which stand before the live ones in this session."""

from collections.abc import Iterable

from libs.common.postgres.pool import Connection

_ALWAYS = ("offsets", "wishes", "employees")


async def copy_tables_for_dry_run(connection: Connection, tables: Iterable[str]) -> str:
    """Copy the tables of one moment; from now on their names mean the copies.

    Returns:
        The schema of the tables that were copied.
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
