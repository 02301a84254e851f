"""SQL that finds the newest record of each key among a resource's shadow rows.

The newest record is the one that a loader would have kept: the latest ``ce_time``, then the later
offset. Where an older record follows it in the log, HEMIS is asked for the key again.
"""

from collections.abc import Mapping

from libs.common.contracts.resources import Resource
from libs.common.postgres.pool import Connection
from services.loader.mapping.table import Table
from services.loader.rebuild.sql.shadow import Shadow
from services.loader.store.statements import count_of

_TABLES = """
    CREATE TEMP TABLE {limits} (log_partition integer, limit_offset bigint) ON COMMIT DROP;
    CREATE TEMP TABLE {kept} ON COMMIT DROP AS SELECT {keys}, '' AS why FROM {rows} WITH NO DATA
"""
_LIMIT = "INSERT INTO {limits} VALUES ($1, $2)"
_KEEP_LATER = """
    INSERT INTO {kept} ({keys}, why)
    SELECT DISTINCT {keys}, 'later'
    FROM (
        SELECT {keys}, log_partition, log_offset FROM {rows}
        UNION ALL
        SELECT {keys}, log_partition, log_offset FROM {marks} WHERE resource = '{resource}'
    ) AS record
    JOIN {limits} USING (log_partition)
    WHERE log_offset >= limit_offset
"""
_DROP_LATER = """
    DELETE FROM {rows} r USING {limits} l
    WHERE r.log_partition = l.log_partition AND r.log_offset >= l.limit_offset
"""
_DROP_LATER_MARKS = """
    DELETE FROM {marks} m USING {limits} l
    WHERE m.log_partition = l.log_partition AND m.log_offset >= l.limit_offset
      AND m.resource = '{resource}'
"""
_NEWEST = """
    CREATE TEMP TABLE {newest} ON COMMIT DROP AS
    SELECT DISTINCT ON ({keys})
        {keys}, fetched_at, log_offset, place,
        max(log_offset) OVER key AS last_offset,
        count(*) OVER key AS versions
    FROM (
        SELECT {keys}, fetched_at, log_offset, ctid AS place FROM {rows}
        UNION ALL
        SELECT {keys}, fetched_at, log_offset, NULL FROM {marks}
        WHERE resource = '{resource}' AND code IS NULL
    ) AS record
    WINDOW key AS (PARTITION BY {keys})
    ORDER BY {keys}, fetched_at DESC, log_offset DESC
"""
_KEEP_REFETCHES = """
    INSERT INTO {kept} ({keys}, why)
    SELECT {refetch_keys}, 'refetch' FROM wishes WHERE resource = '{resource}'
"""
_KEEP_DEAD_LETTERS = """
    INSERT INTO {kept} ({keys}, why)
    SELECT DISTINCT {keys}, 'dead letter' FROM {marks} d LEFT JOIN {newest} n USING ({keys})
    WHERE d.resource = '{resource}' AND d.code IS NOT NULL AND d.log_offset >= 0
      AND (n.last_offset IS NULL OR d.log_offset > n.last_offset)
"""
_REQUEST_REFETCHES = """
    INSERT INTO wishes (resource, key, hemis_id)
    SELECT '{resource}', {key_text}, hemis_id FROM {newest} WHERE last_offset > log_offset
    ON CONFLICT (resource, key) DO NOTHING
"""
_HAS_VERSIONS = "SELECT EXISTS (SELECT FROM {newest} WHERE versions > 1)"
_PRUNE = """
    DELETE FROM {rows} r WHERE NOT EXISTS (SELECT FROM {newest} n WHERE n.place = r.ctid)
"""


def names_of(resource: Resource, table: Table, shadow: Shadow) -> dict[str, str]:
    """Return the names that the statements of a resource are formatted with."""
    return {
        "resource": resource,
        "table": table.name,
        "rows": shadow.rows(resource),
        "marks": shadow.marks,
        "limits": f"limits_{resource}",
        "kept": f"kept_{resource}",
        "newest": f"newest_{resource}",
        "verdicts": f"verdicts_{resource}",
        "keys": ", ".join(table.key_columns),
        "key_text": table.key_text,
        "refetch_keys": "hemis_id, split_part(key, ':', 2)"
        if table.keyed_by_position
        else "hemis_id",
        "columns": ", ".join(table.columns),
    }


async def keep_newest(
    connection: Connection, names: Mapping[str, str], limits: Mapping[int, int]
) -> int:
    """Leave one row for each key in the shadow table; return how many rows are after the limits.

    ``kept`` then holds the keys whose rows must not change, with the reason.
    """
    await connection.execute(_TABLES.format_map(names))
    await connection.executemany(_LIMIT.format_map(names), list(limits.items()))
    await connection.execute(_KEEP_LATER.format_map(names))
    later = count_of(await connection.execute(_DROP_LATER.format_map(names)))
    for statement in (
        _DROP_LATER_MARKS,
        _NEWEST,
        _KEEP_REFETCHES,
        _KEEP_DEAD_LETTERS,
        _REQUEST_REFETCHES,
    ):
        await connection.execute(statement.format_map(names))
    if await connection.fetchval(_HAS_VERSIONS.format_map(names)):
        await connection.execute(_PRUNE.format_map(names))
    return later
